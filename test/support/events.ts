import { type EventType, type Fact, type Recorded, topicOf } from '../../core/event/event.ts'
import { published } from '../../core/event/publish.ts'
import { partitionOf } from '../../core/event/partition.ts'
import { type Events } from '../../schemas/generated/events.ts'
import { type MountRef, type ObjectRef } from '../../schemas/generated/shared.ts'

let offset = 0n

/** Puts a fact on an imagined log: the next offset, and a time that moves one second with each. */
export const recorded = <T extends EventType>(
  fact: Fact<T>,
  at: { time?: string; cause?: Recorded } = {},
): Recorded<T> => {
  offset += 1n
  const now = at.time ?? new Date(Date.UTC(2026, 0, 1) + Number(offset) * 1000).toISOString()
  const topic = topicOf(fact.type)
  return {
    ...published(fact as Fact, { source: '/test', now, ...(at.cause ? { cause: at.cause.meta } : {}) }),
    at: { topic, partition: partitionOf(topic, fact.stream), offset },
  } as Recorded<T>
}

const builder =
  <T extends EventType>(type: T, stream: (data: Events[T]) => string, defaults: Events[T]) =>
  (data: Partial<Events[T]> = {}, at: { time?: string; cause?: Recorded } = {}): Recorded<T> => {
    const whole = { ...defaults, ...data }
    return recorded({ type, stream: stream(whole), data: whole } as unknown as Fact<T>, at)
  }

/** An object that nobody looks into. */
export const object = (key: string): ObjectRef => ({ key, size: 3, sha256: '0'.repeat(64) })
/** A mount that nobody looks into. */
export const mount = (name: string): MountRef => ({
  name,
  manifest: object(`${name}.json`),
  files: 1,
  bytes: 3,
})

const calling = { aeTitle: 'SCANNER', host: '10.0.0.1' }
const empty = { exitCode: null, durationMs: null, log: null, logTail: null }

/** What a flow takes of a bundle together with that of others. */
const gatheredBundle = {
  bundleId: 'association-1',
  associationIds: ['association-1'],
  flowName: 'flow',
  flowVersion: '1',
  flowHash: 'hash',
  definition: '{}',
  by: 'study',
  triggers: 2,
  quietMs: 30_000,
  deadlineMs: 900_000,
  calling,
  calledAeTitle: 'RADDEPLOY',
}

/** Builders: each gives a believable event, of which a test names only what it is about. */
export const an = {
  associationOpened: builder('AssociationOpened', (data) => data.associationId, {
    associationId: 'association-1',
    calling,
    calledAeTitle: 'RADDEPLOY',
    scp: 'scp-1',
    implementationClassUid: null,
    implementationVersionName: null,
    maxPduLength: 16384,
    acceptedContexts: 1,
    refusedContexts: 0,
  }),
  instanceStored: builder('InstanceStored', (data) => data.associationId, {
    associationId: 'association-1',
    ordinal: 1,
    sopInstanceUid: '1.2.3',
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    seriesInstanceUid: '1.2',
    studyInstanceUid: '1',
    frameOfReferenceUid: null,
    modality: 'CT',
    patientPseudonym: null,
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    object: object('instances/1'),
    datasetOffset: 300,
    headerLength: 900,
    calling,
    calledAeTitle: 'RADDEPLOY',
  }),
  associationClosed: builder('AssociationClosed', (data) => data.associationId, {
    associationId: 'association-1',
    how: 'released',
    stored: 1,
    refused: 0,
    reason: null,
    durationMs: 100,
  }),
  bundleClosed: builder('BundleClosed', (data) => data.bundleId, {
    bundleId: 'association-1',
    associationIds: ['association-1'],
    complete: true,
    reason: 'association released',
    calling,
    calledAeTitle: 'RADDEPLOY',
    instances: 1,
    manifest: object('bundles/1'),
    gathering: null,
  }),
  triggerMatched: builder('TriggerMatched', (data) => data.bundleId, {
    bundleId: 'association-1',
    runId: 'run-1',
    flowName: 'flow',
    flowVersion: '1',
    flowHash: 'hash',
    definition: '{}',
    calling,
    calledAeTitle: 'RADDEPLOY',
    input: mount('src'),
  }),
  bundleGathered: builder('BundleGathered', (data) => data.bundleId, {
    ...gatheredBundle,
    parts: [
      {
        gatheringId: 'gathering-1',
        value: '1.2.3',
        triggersMet: [0],
        instances: 1,
        manifest: object('bundles/1/gathered'),
      },
    ],
    leftOut: 0,
  }),
  instancesGathered: builder('InstancesGathered', (data) => data.gatheringId, {
    ...gatheredBundle,
    gatheringId: 'gathering-1',
    value: '1.2.3',
    triggersMet: [0],
    instances: 1,
    manifest: object('bundles/1/gathered'),
  }),
  bundleUnmatched: builder('BundleUnmatched', (data) => data.bundleId, {
    bundleId: 'association-1',
    reason: 'no match',
    considered: [],
  }),
  runCreated: builder('RunCreated', (data) => data.runId, {
    runId: 'run-1',
    bundleId: 'association-1',
    flowName: 'flow',
    flowVersion: '1',
    flowHash: 'hash',
    definition: '{}',
    calling,
    calledAeTitle: 'RADDEPLOY',
    input: mount('src'),
    rerunOf: null,
  }),
  modelQueued: builder('ModelQueued', (data) => data.runId, {
    runId: 'run-1',
    jobId: 'job-1',
    model: 0,
    name: 'model',
    attempt: 1,
    spec: '{}',
    inputs: [mount('src')],
    priority: 0,
    gpus: 0,
    flowName: 'flow',
    timeoutMs: 1000,
  }),
  modelAssigned: builder('ModelAssigned', (data) => data.runId, {
    runId: 'run-1',
    jobId: 'job-1',
    attempt: 1,
    workerId: 'worker-1',
    slot: 0,
    gpus: [],
    spec: '{}',
    inputs: [mount('src')],
    timeoutMs: 1000,
    flowName: 'flow',
    name: 'model',
  }),
  modelFinished: builder('ModelFinished', (data) => data.runId, {
    runId: 'run-1',
    jobId: 'job-1',
    attempt: 1,
    workerId: 'worker-1',
    exitCode: 0,
    durationMs: 10,
    outputs: [mount('dst')],
    log: null,
  }),
  modelFailed: builder('ModelFailed', (data) => data.runId, {
    runId: 'run-1',
    jobId: 'job-1',
    attempt: 1,
    workerId: 'worker-1',
    kind: 'exit',
    message: 'the container ended with exit code 3',
    ...empty,
  }),
  runFinished: builder('RunFinished', (data) => data.runId, {
    runId: 'run-1',
    flowName: 'flow',
    output: mount('dst'),
    destinations: [],
  }),
  runFailed: builder('RunFailed', (data) => data.runId, {
    runId: 'run-1',
    flowName: 'flow',
    jobId: 'job-1',
    name: 'model',
    reason: 'exit',
  }),
  cancelRequested: builder('CancelRequested', (data) => data.runId, {
    runId: 'run-1',
    by: 'operator',
    reason: 'wrong patient',
  }),
  runCancelled: builder('RunCancelled', (data) => data.runId, {
    runId: 'run-1',
    flowName: 'flow',
    by: 'operator',
    reason: 'wrong patient',
    attempts: [],
  }),
  deliveryQueued: builder('DeliveryQueued', (data) => data.deliveryId, {
    deliveryId: 'delivery-1',
    runId: 'run-1',
    flowName: 'flow',
    destination: { kind: 'dimse', host: 'tps', port: 104, aeTitle: 'TPS' },
    files: mount('dst'),
  }),
  deliveryAttempted: builder('DeliveryAttempted', (data) => data.deliveryId, {
    deliveryId: 'delivery-1',
    attempt: 1,
    succeeded: 1,
    warned: 0,
    failed: 0,
    notAttempted: 0,
    results: null,
    code: null,
    error: null,
    durationMs: 5,
  }),
  workerJoined: builder('WorkerJoined', (data) => data.workerId, {
    workerId: 'worker-1',
    host: 'gpu-1',
    slots: 2,
    gpus: [],
    labels: [],
    leaseMs: 30_000,
    sentAt: 0,
  }),
  workerHeartbeat: builder('WorkerHeartbeat', (data) => data.workerId, {
    workerId: 'worker-1',
    slots: 2,
    gpus: [],
    labels: [],
    leaseMs: 30_000,
    sentAt: 0,
  }),
  timerFired: builder('TimerFired', (data) => data.stream, {
    processor: 'dispatcher',
    stream: 'dispatcher',
    dueAt: 0,
  }),
}
