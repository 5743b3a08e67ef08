import { readFile } from 'node:fs/promises'

/** The most memory that a process has ever had, in MB. */
export const peakOf = async (pid: number): Promise<number> => {
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}
