import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { RadDeployError } from '../core/error/error.ts'

const claimSchema = z.object({ pid: z.number().int().positive(), began: z.string() })

/** When a process began, in clock ticks since boot (proc(5), stat, field 22); undefined where it is gone. */
const beganAt = (pid: number): string | undefined => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

const holderOf = (file: string): number | undefined => {
  try {
    const { pid, began } = claimSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    return beganAt(pid) === began ? pid : undefined
  } catch {
    return undefined
  }
}

/**
 * Makes this process the one that starts and stops the servers of a home folder. Two would take them over
 * from each other, and the first to end would end them for both: RD_ALREADY_RUNNING. The claim of a dead
 * process counts for nothing. Returns how to give it up.
 */
export const claimHome = (home: string): (() => void) => {
  const file = join(home, 'run', 'raddeploy.json')
  mkdirSync(dirname(file), { recursive: true })
  const mine = JSON.stringify({ pid: process.pid, began: beganAt(process.pid) ?? '' })
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const pid = holderOf(file)
      if (pid !== undefined)
        throw new RadDeployError(
          'RD_ALREADY_RUNNING',
          `raddeploy runs here already (process ${pid}, ${home}); stop it first, or set RADDEPLOY_HOME to another folder`,
          { pid, home },
        )
      rmSync(file, { force: true })
    }
  }
}
