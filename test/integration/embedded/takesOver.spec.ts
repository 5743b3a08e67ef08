import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Setup } from '../../../infra/embedded/setup.ts'
import { startPrivateStack } from '../../support/privateStack.ts'
import { leaveKeepsakes, servers } from './keepsake.ts'

const pids = ({ dataDir }: Setup): Promise<string[]> =>
  Promise.all(servers.map((server) => readFile(join(dataDir, 'run', `${server}.pid`), 'utf8')))

/** Starts the servers from a process that is killed as soon as they are up. */
const startAndDie = async ({ dataDir, cacheDir }: Setup): Promise<void> => {
  const script = fileURLToPath(new URL('./startAndStay.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir, cacheDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [first] = (await Promise.race([once(child.stdout, 'data'), ended])) as [unknown]
  expect(String(first)).toBe('up\n')
  child.kill('SIGKILL')
  await ended
}

test('the servers that a killed process has left are taken over, and watched as before', async () => {
  let left: string[] = []
  const stack = await startPrivateStack(undefined, async (setup) => {
    await startAndDie(setup)
    left = await pids(setup)
  })
  onTestFinished(() => stack.stop())
  expect(await pids(stack.setup)).toEqual(left)
  const keepsakes = await leaveKeepsakes(stack.endpoints)
  for (const server of servers) await keepsakes[server]()
  process.kill(Number(left[servers.indexOf('s3')]), 'SIGKILL')
  await vi.waitFor(async () => expect(await pids(stack.setup)).not.toEqual(left), { timeout: 10_000 })
  await vi.waitFor(keepsakes.s3, { timeout: 10_000 })
})
