import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { killServer, pidOf } from '../../support/killServer.ts'
import { type PrivateStack, startPrivateStack } from '../../support/privateStack.ts'
import { type Keepsakes, leaveKeepsakes, servers } from './keepsake.ts'

let stack: PrivateStack
let keepsakes: Keepsakes
beforeAll(async () => {
  stack = await startPrivateStack()
  keepsakes = await leaveKeepsakes(stack.endpoints)
})
afterAll(() => stack?.stop())

const kill = (server: string): Promise<void> => killServer(stack.setup, server)

/** Everything that was left is there. */
const allIsWell = (timeout: number): Promise<unknown> =>
  Promise.all(servers.map((server) => vi.waitFor(keepsakes[server], { timeout, interval: 200 })))

describe('a server that is killed comes back by itself with all it knew', () => {
  test.each(servers)('%s', async (server) => {
    const before = pidOf(stack.setup, server)
    await kill(server)
    await allIsWell(30_000)
    expect(pidOf(stack.setup, server)).not.toBe(before)
  })

  test('all at once', async () => {
    await Promise.all(servers.map(kill))
    await allIsWell(60_000)
  })

  test('one that is killed again while it comes back', async () => {
    const first = pidOf(stack.setup, 'kafka')
    await kill('kafka')
    await vi.waitFor(() => expect(pidOf(stack.setup, 'kafka')).not.toBe(first), {
      timeout: 10_000,
      interval: 5,
    })
    await kill('kafka')
    await allIsWell(30_000)
  })
})

test('a stack that was stopped answers where it did, and has all it had', async () => {
  const before = stack.endpoints
  expect(await stack.restart()).toEqual(before)
  await allIsWell(10_000)
})
