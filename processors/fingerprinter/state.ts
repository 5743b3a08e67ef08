import { type Recorded } from '../../core/event/event.ts'

/** One bundle as the fingerprinter sees it. */
export interface Considered {
  readonly closed: Recorded<'BundleClosed'> | undefined
  /** True once flows were matched, or it was said that none does. */
  readonly considered: boolean
  /** Per flow, the id of the TriggerMatched or BundleGathered that holds: the first. */
  readonly taken: ReadonlyMap<string, string>
}

export const unconsidered: Considered = { closed: undefined, considered: false, taken: new Map() }
