import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Does a step while no other process does one under the same lock file. The kernel holds the lock for a
 * child (flock(1)) that ends with us, so a process that is killed leaves nothing locked.
 */
export const alone = async (lockFile: string, step: () => Promise<void>): Promise<void> => {
  const holder = spawn('flock', [lockFile, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(holder, 'exit')
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(([code]) => Promise.reject(new Error(`flock ended with ${String(code)}`))),
  ])
  try {
    await step()
  } finally {
    holder.stdin.end()
    await ended
  }
}
