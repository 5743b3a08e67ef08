import { type Recorded } from '../../core/event/event.ts'
import { type Connections } from '../connect.ts'

/** How a study that was pushed fared: its events in the order they were read, and how it ended. */
export interface Journey {
  readonly events: readonly Recorded[]
  readonly end: 'delivered' | 'unmatched' | 'failed' | 'timeout'
}

const ends: Readonly<Partial<Record<Recorded['type'], Journey['end']>>> = {
  DeliveryFinished: 'delivered',
  BundleUnmatched: 'unmatched',
  RunFailed: 'failed',
  DeliveryFailed: 'failed',
}

/**
 * Follows the log from where it is now. `journey` waits for the study with one of these SOP instances to be
 * delivered, or to end otherwise, for at most `deadlineMs`.
 */
export const followLog = async ({ source }: Connections) => {
  const from = (await source.partitions()).map(({ topic, partition, high }) => ({
    topic,
    partition,
    offset: high,
  }))
  return {
    journey: async (
      sopInstanceUids: ReadonlySet<string>,
      deadlineMs: number,
      on: (event: Recorded) => void,
    ): Promise<Journey> => {
      const all: Recorded[] = []
      const shown = new Set<string>()
      let correlations = new Set<string>()
      const signal = AbortSignal.timeout(deadlineMs)
      const ours = (): Recorded[] => all.filter(({ meta }) => correlations.has(meta.correlationId))
      for await (const batch of source.read(from, signal)) {
        for (const record of batch) if ('data' in record) all.push(record)
        correlations = new Set(
          all.flatMap((one) =>
            one.type === 'InstanceStored' && sopInstanceUids.has(one.data.sopInstanceUid)
              ? [one.meta.correlationId]
              : [],
          ),
        )
        for (const event of ours()) {
          if (!shown.has(event.meta.id)) on(event)
          shown.add(event.meta.id)
        }
        const last =
          ours().find(({ type }) => ends[type] !== undefined && type !== 'BundleUnmatched') ??
          ours().find(({ type }) => ends[type] !== undefined)
        if (last) return { events: ours(), end: ends[last.type]! }
      }
      return { events: ours(), end: 'timeout' }
    },
  }
}
