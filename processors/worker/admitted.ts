import { type Recorded } from '../../core/event/event.ts'

type Assigned = Recorded<'ModelAssigned'>

/**
 * Of the assignments that a worker has, in the order in which it read them, those that may run now: each slot and
 * each GPU belongs to the first, unless all that share a GPU say how much of it they need. One dispatcher never
 * gives a place away twice; two at once might.
 */
export const admitted = (assignments: readonly Assigned[]): readonly Assigned[] => {
  const running: Assigned[] = []
  for (const one of assignments) if (!running.some((other) => isInTheWay(one, other))) running.push(one)
  return running
}

const isInTheWay = ({ data: one }: Assigned, { data: other }: Assigned): boolean => {
  if (one.slot === other.slot) return true
  const mayShare = one.gpuMemory > 0 && other.gpuMemory > 0
  return !mayShare && one.gpus.some((gpu) => other.gpus.includes(gpu))
}
