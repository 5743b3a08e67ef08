import { type Recorded } from '../../core/event/event.ts'

export type GathererIn = 'InstancesGathered' | 'BundleClosed' | 'TimerFired'

/** One gathering: what one flow, by one definition, collects by one value. */
export interface Gathered {
  /** What came and is in no bundle yet, in the order of the log, once for each bundle it came from. */
  readonly parts: readonly Recorded<'InstancesGathered'>[]
  /** The last moment that is known to have passed, in milliseconds since the epoch. */
  readonly passed: number
}

export const nothingGathered: Gathered = { parts: [], passed: 0 }
