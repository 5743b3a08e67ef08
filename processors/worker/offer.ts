import { availableParallelism, totalmem } from 'node:os'
import type Docker from 'dockerode'
import { answered } from './executor/silence.ts'

/** What a machine has. Memory in bytes. */
export interface Machine {
  readonly cpus: number
  readonly memory: number
}

/** How long the engine may take to say what its host has; a worker must start without it, too. */
const answerMs = 10_000

/** The machine on which the containers run, as its engine says; where that does not answer, the one we are on. */
export const machineOf = async (docker: Docker): Promise<Machine> => {
  const ours = { cpus: availableParallelism(), memory: totalmem() }
  const info = await answered(answerMs, () => docker.info() as Promise<unknown>).catch(() => undefined)
  const { NCPU, MemTotal } = (info ?? {}) as { readonly NCPU?: number; readonly MemTotal?: number }
  return NCPU && MemTotal ? { cpus: NCPU, memory: MemTotal } : ours
}

/** What a worker says of its room itself; the rest follows. Memory in bytes. */
export interface Said {
  readonly slots?: number | undefined
  readonly cpus?: number | undefined
  readonly memory?: number | undefined
}

/**
 * What a worker offers: what it says, and where it does not, all that the machine has. As many slots as whole CPUs, and
 * at least a CPU for each slot unless it says that there are fewer.
 */
export const roomOf = ({ slots, cpus, memory }: Said, machine: Machine) => {
  const atOnce = slots ?? Math.max(1, Math.floor(cpus ?? machine.cpus))
  return { slots: atOnce, cpus: cpus ?? Math.max(machine.cpus, atOnce), memory: memory ?? machine.memory }
}
