import { type Recorded } from '../../core/event/event.ts'
import { type RowChange } from '../runtime/projection.ts'

export type In = 'WorkerJoined' | 'WorkerHeartbeat' | 'WorkerLeft'

/** What a worker said last holds. */
export const map = ({ type, data, meta }: Recorded<In>): readonly RowChange[] => {
  const row = { table: 'workers', key: { worker_id: data.workerId } }
  switch (type) {
    case 'WorkerJoined':
    case 'WorkerHeartbeat': {
      const { slots, gpus, labels, leaseMs } = data
      const seen = { slots, gpus, labels, lease_ms: leaseMs, last_seen_at: meta.time }
      if (type === 'WorkerHeartbeat') return [{ ...row, set: seen }]
      const joined = { host: data.host, joined_at: meta.time, left_at: null, left_reason: null }
      return [{ ...row, set: { ...seen, ...joined } }]
    }
    case 'WorkerLeft':
      return [{ ...row, set: { last_seen_at: meta.time, left_at: meta.time, left_reason: data.reason } }]
  }
}
