import { type BundledInstance } from '../../core/manifest/manifest.ts'
import { type Recorded } from '../../core/event/event.ts'
import { type Sequence } from './sequence.ts'

/** One association as the collector sees it. */
export interface Collected {
  readonly opened: Recorded<'AssociationOpened'> | undefined
  readonly instances: Sequence<BundledInstance>
  /** Refusals on the log, whoever was to blame. */
  readonly refusals: number
  readonly refusedByUs: Sequence<Refusal>
  readonly closed: Recorded<'AssociationClosed'> | undefined
  readonly bundled: boolean
}

/** An instance that a failure of ours kept out, and how many had been stored by then. */
export interface Refusal {
  readonly sopInstanceUid: string | null
  readonly stored: number
}

export const nothingCollected: Collected = {
  opened: undefined,
  instances: undefined,
  refusals: 0,
  refusedByUs: undefined,
  closed: undefined,
  bundled: false,
}
