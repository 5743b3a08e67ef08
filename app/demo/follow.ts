import { type Recorded } from '../../core/event/event.ts'
import { type Connections } from '../connect.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

/** The way of a study that was pushed: its events in the order they were read, and how it ended, if it did. */
export interface Journey {
  readonly events: readonly Recorded[]
  readonly outcome: Outcome | undefined
}

/**
 * Follows the log from where it is now. `journey` waits until the study with one of these SOP instances has
 * ended with a flow, for at most `deadlineMs`.
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
      flow: string,
      deadlineMs: number,
      on: (event: Recorded) => void,
    ): Promise<Journey> => {
      const byCorrelation = new Map<string, Recorded[]>()
      const ours = new Set<string>()
      const shown = new Set<string>()
      const events = (): Recorded[] => [...ours].flatMap((correlation) => byCorrelation.get(correlation)!)
      for await (const batch of source.read(from, AbortSignal.timeout(deadlineMs))) {
        for (const record of batch) {
          if (!('data' in record)) continue
          const { correlationId } = record.meta
          const together = byCorrelation.get(correlationId) ?? []
          together.push(record)
          byCorrelation.set(correlationId, together)
          if (record.type === 'InstanceStored' && sopInstanceUids.has(record.data.sopInstanceUid))
            ours.add(correlationId)
        }
        for (const event of events()) {
          if (!shown.has(event.meta.id)) on(event)
          shown.add(event.meta.id)
        }
        const outcome = outcomeOf(events(), flow)
        if (outcome) return { events: events(), outcome }
      }
      return { events: events(), outcome: undefined }
    },
  }
}
