import { type WorkerRow, listWorkers } from '../../../projections/workers/queries.ts'
import { bytes, duration, print, table, when } from '../output.ts'
import { withConnections } from '../session.ts'

/** The workers, and what each has to offer. */
export const list = async ({ json }: { readonly json?: true }): Promise<void> =>
  withConnections(async ({ pool }) => {
    const workers = await listWorkers({ pool })
    print(json, workers, () => workersText(workers))
  })

/** The workers as people read them: what decides whether one gets work comes first. */
export const workersText = (workers: readonly WorkerRow[], now = Date.now()): string =>
  table(
    workers,
    [
      ['worker', ({ workerId }) => workerId],
      ['status', ({ status }) => status],
      ['slots', ({ slots, slotsUsed }) => `${slotsUsed}/${slots ?? '-'}`],
      ['cpus', ({ cpus }) => cpus],
      ['memory', ({ memory }) => memory && bytes(memory)],
      ['gpus', gpusText],
      ['labels', ({ labels }) => labels?.join(',') || '-'],
      ['host', ({ host }) => host],
      ['seen', ({ lastSeenAt }) => (lastSeenAt === null ? null : agoText(now - Date.parse(lastSeenAt)))],
      ['since', ({ joinedAt }) => when(joinedAt)],
      ['note', noteOf],
    ],
    'no worker has joined yet; start one with: raddeploy run worker',
  )

/** How long ago; clocks may differ a little. */
const agoText = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s ago`
  return seconds < 172_800 ? `${duration(ms)} ago` : `${Math.round(seconds / 86_400)} days ago`
}

const gpusText = ({ gpus, gpuMemory }: WorkerRow): string =>
  gpus?.map((id, at) => (gpuMemory?.[at] ? `${id} (${bytes(gpuMemory[at])})` : id)).join(', ') || '-'

/** Why it gets no work, and who wanted that. */
const noteOf = ({ status, slots, drainedAt, drainedBy, drainedReason, leftReason }: WorkerRow): string =>
  [
    ...(status === 'left' && leftReason ? [leftReason] : []),
    ...(status !== 'left' && slots === 0 ? ['its Docker Engine does not answer'] : []),
    ...(drainedAt === null
      ? []
      : [`drained ${when(drainedAt)} by ${drainedBy}${drainedReason ? `: ${drainedReason}` : ''}`]),
  ].join('; ')
