import { type EventType, type Recorded } from '../../core/event/event.ts'

/** How a study that was pushed fared with one flow. */
export interface Outcome {
  readonly end: 'delivered' | 'unmatched' | 'failed'
  readonly runId?: string
  /** Why it did not arrive. */
  readonly reason?: string
}

/** The way of a study: what happens, in order, and who has to act next, with what to look at when nobody does. */
const way: readonly (readonly [event: EventType, next: string])[] = [
  ['AssociationOpened', 'the scp: the association is still open'],
  ['InstanceStored', 'the scp: the association is still open'],
  ['AssociationClosed', 'the collector'],
  ['BundleClosed', 'the fingerprinter'],
  ['TriggerMatched', 'the fingerprinter: it is to create the run'],
  ['RunCreated', 'the scheduler'],
  ['ModelQueued', 'the dispatcher: no worker has a free slot, or none runs'],
  ['ModelAssigned', 'the worker'],
  ['ModelStarted', 'the model: its container still runs'],
  ['ModelFinished', 'the scheduler'],
  ['RunFinished', 'the scheduler: it is to queue the delivery'],
  ['DeliveryQueued', 'the scu'],
  ['DeliveryAttempted', 'the scu: it will try again'],
  ['DeliveryFinished', 'nobody: it is delivered'],
]

/** Where an event stands on the way of a study; what is not on it comes last. */
export const rankOf = ({ type }: Recorded): number => {
  const rank = way.findIndex(([event]) => event === type)
  return rank < 0 ? way.length : rank
}

/** True for what happens to a study on its way; timers and workers' heartbeats are not that. */
export const isOnTheWay = (event: Recorded): boolean => rankOf(event) < way.length

const all = <T extends EventType>(events: readonly Recorded[], type: T): readonly Recorded<T>[] =>
  events.filter((event) => event.type === type) as unknown as readonly Recorded<T>[]

/** The run of a flow that the events of a study tell of, the last one where it was pushed again. */
export const runOf = (events: readonly Recorded[], flow: string): string | undefined =>
  all(events, 'RunCreated').findLast(({ data }) => data.flowName === flow)?.data.runId

/**
 * How a study ended with a flow, or undefined while it has not. Runs of other flows count for nothing, and
 * so do bundles of associations that broke off: they match nothing, and the study is pushed again.
 */
export const outcomeOf = (events: readonly Recorded[], flow: string): Outcome | undefined => {
  const runId = runOf(events, flow)
  if (runId === undefined) {
    const whole = new Set(
      all(events, 'BundleClosed').flatMap(({ data }) => (data.complete ? [data.bundleId] : [])),
    )
    const unmatched = all(events, 'BundleUnmatched').find(({ data }) => whole.has(data.bundleId))
    return unmatched && { end: 'unmatched', reason: `no flow takes it: ${unmatched.data.reason}` }
  }
  const failed = all(events, 'RunFailed').find(({ data }) => data.runId === runId)
  if (failed)
    return { end: 'failed', runId, reason: `${failed.data.name ?? 'the run'}: ${failed.data.reason}` }
  const refused = all(events, 'DeliveryFailed').find(({ data }) => data.runId === runId)
  if (refused) return { end: 'failed', runId, reason: `it was not delivered: ${refused.data.reason}` }
  return all(events, 'DeliveryFinished').some(({ data }) => data.runId === runId)
    ? { end: 'delivered', runId }
    : undefined
}

/** Where a study got stuck: the furthest event on its way, and whose turn it is. */
export const stuckAt = (events: readonly Recorded[]): string => {
  const furthest = events
    .filter(isOnTheWay)
    .reduce<Recorded | undefined>(
      (far, event) => (far && rankOf(far) > rankOf(event) ? far : event),
      undefined,
    )
  if (!furthest) return 'none of its events is on the log; next is the scp'
  const { topic, partition, offset } = furthest.at
  const error = furthest.type === 'DeliveryAttempted' ? furthest.data.error : null
  return `the last event is ${furthest.type} (${topic}/${partition}@${offset}); next is ${way[rankOf(furthest)]![1]}${error ? ` (${error})` : ''}`
}

/** The events of a study without those of its runs in other flows. */
export const ofRun = (events: readonly Recorded[], runId: string | undefined): readonly Recorded[] => {
  const others = new Set(
    all(events, 'DeliveryQueued').flatMap(({ data }) => (data.runId === runId ? [] : [data.deliveryId])),
  )
  return events.filter(
    ({ data }) =>
      !('runId' in data && data.runId !== runId) && !('deliveryId' in data && others.has(data.deliveryId)),
  )
}
