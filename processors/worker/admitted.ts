import { type Recorded } from '../../core/event/event.ts'

type Assigned = Recorded<'ModelAssigned'>

/**
 * Of the assignments that a worker has those that may run now: each slot and each GPU belongs to the one that was
 * assigned first, unless all that share a GPU say how much of it they need. One dispatcher never gives a place away
 * twice; two at once might.
 */
export const admitted = (assignments: readonly Assigned[]): readonly Assigned[] => {
  const running: Assigned[] = []
  const inOrder = [...assignments].sort((a, b) => (a.meta.time < b.meta.time ? -1 : 1))
  for (const one of inOrder) if (!running.some((other) => isInTheWay(one, other))) running.push(one)
  return running
}

const isInTheWay = ({ data: one }: Assigned, { data: other }: Assigned): boolean => {
  if (one.slot === other.slot) return true
  const mayShare = one.gpuMemory > 0 && other.gpuMemory > 0
  return !mayShare && one.gpus.some((gpu) => other.gpus.includes(gpu))
}
