import { type BundledInstance } from '../../core/manifest/manifest.ts'
import { type Recorded } from '../../core/event/event.ts'

/** One association as the collector sees it. */
export interface Collected {
  readonly opened: Recorded<'AssociationOpened'> | undefined
  readonly instances: readonly BundledInstance[]
  readonly closed: Recorded<'AssociationClosed'> | undefined
  readonly bundled: boolean
}

export const nothingCollected: Collected = {
  opened: undefined,
  instances: [],
  closed: undefined,
  bundled: false,
}
