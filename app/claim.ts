import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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

/** Takes a claim of a dead process away; of two that do so at once, neither takes away what is newly made. */
const clear = (file: string): void => {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
    if (holderOf(aside) === undefined) rmSync(aside)
    else renameSync(aside, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/**
 * Makes this process the one that is `what` in a home folder, such as the one that starts and stops its servers:
 * two would take them from each other. RD_ALREADY_RUNNING where another process is, with advice; the claim of a dead
 * one counts for nothing. Returns how to give it up.
 */
export const claim = (
  home: string,
  what: string,
  advice = 'set RADDEPLOY_HOME to another folder',
): (() => void) => {
  const file = join(home, 'run', `${encodeURIComponent(what)}.json`)
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
          `${what} runs here already (process ${pid}, ${home}); stop it first, or ${advice}`,
          { pid, home, what },
        )
      clear(file)
    }
  }
}
