import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type PrivateStack, startPrivateStack } from '../../support/privateStack.ts'
import { type Keepsakes, leaveKeepsakes, servers } from './keepsake.ts'

let stack: PrivateStack
let keepsakes: Keepsakes
beforeAll(async () => {
  stack = await startPrivateStack()
  keepsakes = await leaveKeepsakes(stack.endpoints)
})
afterAll(() => stack?.stop())

const pidOf = (server: string): number =>
  Number(readFileSync(join(stack.setup.dataDir, 'run', `${server}.pid`), 'utf8'))

/** Kills a server as a power cut would, and waits until it no longer is. */
const kill = async (server: string): Promise<void> => {
  const pid = pidOf(server)
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 5000, interval: 5 })
}
const isRunning = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** Everything that was left is there. */
const allIsWell = (timeout: number): Promise<unknown> =>
  Promise.all(servers.map((server) => vi.waitFor(keepsakes[server], { timeout, interval: 200 })))

describe('a server that is killed comes back by itself with all it knew', () => {
  test.each(servers)('%s', async (server) => {
    const before = pidOf(server)
    await kill(server)
    await allIsWell(30_000)
    expect(pidOf(server)).not.toBe(before)
  })

  test('all at once', async () => {
    await Promise.all(servers.map(kill))
    await allIsWell(60_000)
  })

  test('one that is killed again while it comes back', async () => {
    const first = pidOf('kafka')
    await kill('kafka')
    await vi.waitFor(() => expect(pidOf('kafka')).not.toBe(first), { timeout: 10_000, interval: 5 })
    await kill('kafka')
    await allIsWell(30_000)
  })
})

test('a stack that was stopped answers where it did, and has all it had', async () => {
  const before = stack.endpoints
  expect(await stack.restart()).toEqual(before)
  await allIsWell(10_000)
})
