import { type Recorded } from '../../core/event/event.ts'
import { type RowChange } from '../runtime/projection.ts'

export type In = 'WorkerJoined' | 'WorkerHeartbeat' | 'WorkerLeft' | 'WorkerDrained' | 'WorkerResumed'

/** What a worker said last holds, and of what people want of it the last, too. */
export const map = ({ type, data, meta }: Recorded<In>): readonly RowChange[] => {
  const row = { table: 'workers', key: { worker_id: data.workerId } }
  switch (type) {
    case 'WorkerJoined':
    case 'WorkerHeartbeat': {
      const { slots, gpus, labels, leaseMs } = data
      // An older worker says 0 of what it does not know.
      const room = { slots, cpus: data.cpus || null, memory: data.memory || null }
      const seen = {
        ...{ ...room, gpus, gpu_memory: data.gpuMemory, labels, lease_ms: leaseMs },
        last_seen_at: meta.time,
      }
      if (type === 'WorkerHeartbeat') return [{ ...row, set: seen }]
      const joined = { host: data.host, joined_at: meta.time, left_at: null, left_reason: null }
      return [{ ...row, set: { ...seen, ...joined } }]
    }
    case 'WorkerLeft':
      return [{ ...row, set: { last_seen_at: meta.time, left_at: meta.time, left_reason: data.reason } }]
    // They stand on another topic than the rest: no column is set by both.
    case 'WorkerDrained':
      return [{ ...row, set: { drained_at: meta.time, drained_by: data.by, drained_reason: data.reason } }]
    case 'WorkerResumed':
      return [{ ...row, set: { drained_at: null, drained_by: null, drained_reason: null } }]
  }
}
