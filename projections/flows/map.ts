import { type Recorded } from '../../core/event/event.ts'
import { type RowChange } from '../runtime/projection.ts'

export type In = 'FlowDefined' | 'FlowPaused' | 'FlowResumed' | 'FlowRetired'

/** A new definition leaves a paused flow paused; a flow that was retired and is defined again is not. */
export const map = (event: Recorded<In>): readonly RowChange[] => [
  { table: 'flows', key: { name: event.data.name }, set: changeOf(event) },
]

const resumed = { paused_at: null, paused_by: null, pause_reason: null }

const changeOf = ({ type, data, meta }: Recorded<In>): RowChange['set'] => {
  switch (type) {
    case 'FlowDefined': {
      const { version, hash, definition, source, file, appliedBy } = data
      const defined = { defined_at: meta.time, applied_by: appliedBy, retired_at: null, retired_by: null }
      return { version, hash, definition, source, file, ...defined }
    }
    case 'FlowPaused':
      return { paused_at: meta.time, paused_by: data.by, pause_reason: data.reason }
    case 'FlowResumed':
      return resumed
    case 'FlowRetired':
      return { retired_at: meta.time, retired_by: data.retiredBy, ...resumed }
  }
}
