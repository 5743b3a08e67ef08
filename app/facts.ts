import { type EventType } from '../core/event/event.ts'

/** The fields of each event type that say in one line what happened; ids and hashes are for `events show`. */
export const telling: Readonly<Record<EventType, readonly string[]>> = {
  AssociationOpened: ['calling', 'calledAeTitle', 'acceptedContexts', 'refusedContexts'],
  AssociationRefused: ['calling', 'calledAeTitle', 'diagnostic', 'reason'],
  InstanceStored: ['ordinal', 'modality', 'sopInstanceUid'],
  InstanceRefused: ['ordinal', 'code', 'reason'],
  AssociationClosed: ['how', 'stored', 'refused', 'durationMs', 'reason'],
  SpaceRanLow: ['scp', 'place', 'freeBytes', 'totalBytes'],
  IntakePaused: ['scp', 'place', 'freeBytes', 'totalBytes'],
  IntakeResumed: ['scp', 'place', 'freeBytes', 'totalBytes'],
  BundleClosed: ['instances', 'complete', 'reason'],
  BundleGathered: ['flowName', 'by', 'parts', 'leftOut'],
  InstancesGathered: ['flowName', 'by', 'value', 'instances', 'triggersMet'],
  TriggerMatched: ['flowName', 'flowVersion', 'input'],
  BundleUnmatched: ['reason', 'considered'],
  RunCreated: ['runId', 'flowName', 'flowVersion', 'input'],
  ModelQueued: ['name', 'attempt', 'priority', 'gpus'],
  ModelSkipped: ['name', 'reason'],
  ModelUnplaceable: ['name', 'attempt', 'reason'],
  ModelAssigned: ['name', 'attempt', 'workerId', 'slot', 'gpus'],
  ModelStarted: ['attempt', 'image', 'imageDigest'],
  ModelFinished: ['attempt', 'exitCode', 'durationMs', 'outputs', 'reusedFrom'],
  ModelFailed: ['attempt', 'kind', 'optional', 'message'],
  RunFinished: ['flowName', 'output', 'destinations'],
  RunFailed: ['flowName', 'name', 'reason'],
  RunCancelled: ['flowName', 'by', 'reason'],
  CancelRequested: ['runId', 'by', 'reason'],
  WorkerDrained: ['workerId', 'by', 'reason'],
  WorkerResumed: ['workerId', 'by', 'reason'],
  DeliveryQueued: ['destination', 'files'],
  DeliveryAttempted: ['attempt', 'succeeded', 'warned', 'failed', 'notAttempted', 'error'],
  CommitmentReported: ['attempt', 'committed', 'failed'],
  DeliveryFinished: ['attempts', 'instances', 'warned'],
  DeliveryReopened: ['by', 'reason'],
  DeliveryRedirected: ['destination', 'by', 'reason'],
  DeliveryDropped: ['by', 'reason'],
  RetryRequested: ['deliveryId', 'by', 'reason'],
  RedirectRequested: ['deliveryId', 'destination', 'by', 'reason'],
  DropRequested: ['deliveryId', 'by', 'reason'],
  DestinationPaused: ['destination', 'by', 'reason'],
  DestinationResumed: ['destination', 'by', 'reason'],
  DeliveryFailed: ['attempts', 'reason'],
  FlowDefined: ['name', 'version', 'appliedBy'],
  FlowRetired: ['name', 'retiredBy'],
  FlowPaused: ['name', 'by', 'reason'],
  FlowResumed: ['name', 'by', 'reason'],
  WorkerJoined: ['workerId', 'slots', 'gpus', 'labels'],
  WorkerHeartbeat: ['workerId', 'slots'],
  WorkerLeft: ['workerId', 'reason'],
  TimerFired: ['processor', 'stream'],
  DeadLettered: ['topic', 'partition', 'offset', 'consumer', 'code'],
}

/** What matters of an event in one line. */
export const factsOf = (type: string, payload: unknown): string => {
  if (payload === null || typeof payload !== 'object' || !Object.hasOwn(telling, type)) return ''
  return telling[type as EventType]
    .flatMap((name) => {
      const value = (payload as Record<string, unknown>)[name]
      // that a model may fail is worth a word, that it may not is not
      const text = name === 'optional' && value === false ? '' : textOf(value)
      return text === '' ? [] : [`${name}=${name === 'files' ? text.replace(/ files?$/, '') : text}`]
    })
    .join(' ')
}

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value))
    return value.length === 0
      ? ''
      : value.every((one) => typeof one === 'string')
        ? value.join(',')
        : String(value.length)
  if (typeof value !== 'object') return String(value).replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1')
  if ('aeTitle' in value && 'host' in value)
    return `${String(value.aeTitle)}@${String(value.host)}${'port' in value ? `:${String(value.port)}` : ''}`
  if ('jobId' in value && 'runId' in value) return `run ${String(value.runId).slice(0, 8)}`
  return 'files' in value ? `${String(value.files)} ${value.files === 1 ? 'file' : 'files'}` : ''
}
