import { type Recorded } from '../../core/event/event.ts'
import { an, recorded } from './events.ts'

/** What happens in one story: from an association to its deliveries, mishaps included. */
export interface Plot {
  readonly name: string
  readonly instances: number
  readonly flows: number
  /** The first attempt at each model is lost, and its result comes late. */
  readonly lost: boolean
  /** The run fails, and somebody says later that it finished. */
  readonly failed: boolean
  /** Attempts at each delivery; the last one succeeds, but after three it is given up. */
  readonly attempts: number
}

/** The events of a story, each after its cause. */
export const story = (plot: Plot): readonly Recorded[] => {
  const associationId = `${plot.name}-association`
  const events: Recorded[] = []
  const tell = (event: Recorded): Recorded => {
    events.push(event)
    return event
  }
  const opened = tell(an.associationOpened({ associationId }))
  for (let ordinal = 1; ordinal <= plot.instances; ordinal += 1)
    tell(an.instanceStored({ associationId, ordinal, sopInstanceUid: `1.2.${ordinal}` }, { cause: opened }))
  tell(instanceRefused({ associationId, ordinal: plot.instances + 1 }, opened))
  const closed = tell(
    an.associationClosed({ associationId, stored: plot.instances, refused: 1 }, { cause: opened }),
  )
  const bundle = tell(
    an.bundleClosed({ bundleId: associationId, instances: plot.instances }, { cause: closed }),
  )
  if (plot.flows === 0) tell(an.bundleUnmatched({ bundleId: associationId }, { cause: bundle }))
  for (let flow = 0; flow < plot.flows; flow += 1) {
    const names = { runId: `${plot.name}-run-${flow}`, flowName: `flow-${flow}` }
    const matched = tell(an.triggerMatched({ bundleId: associationId, ...names }, { cause: bundle }))
    const created = tell(an.runCreated({ bundleId: associationId, ...names }, { cause: matched }))
    tell(
      an.bundleUnmatched({ bundleId: associationId, reason: `said after flow ${flow}` }, { cause: bundle }),
    )
    runStory(plot, names, created, tell)
  }
  return events
}

const runStory = (
  plot: Plot,
  names: { runId: string; flowName: string },
  created: Recorded,
  tell: (event: Recorded) => Recorded,
): void => {
  const { runId } = names
  const job = { runId, jobId: `${runId}-job` }
  const attempt = plot.lost ? 2 : 1
  let cause = tell(an.modelQueued({ ...job, attempt: 1 }, { cause: created }))
  cause = tell(an.modelAssigned({ ...job, attempt: 1 }, { cause }))
  cause = tell(modelStarted({ ...job, attempt: 1 }, cause))
  if (plot.lost) {
    cause = tell(an.modelFailed({ ...job, attempt: 1, kind: 'lost' }, { cause }))
    tell(an.modelFinished({ ...job, attempt: 1, durationMs: 999 }, { cause }))
    cause = tell(an.modelQueued({ ...job, attempt: 2 }, { cause }))
    cause = tell(an.modelAssigned({ ...job, attempt: 2, workerId: 'worker-2' }, { cause }))
    tell(an.modelAssigned({ ...job, attempt: 2, workerId: 'worker-3' }, { cause }))
    cause = tell(modelStarted({ ...job, attempt: 2 }, cause))
  }
  if (plot.failed) {
    cause = tell(an.modelFailed({ ...job, attempt }, { cause }))
    tell(an.runFailed({ ...names, jobId: job.jobId }, { cause }))
    tell(an.runFinished({ ...names }, { cause }))
    return
  }
  cause = tell(an.modelFinished({ ...job, attempt }, { cause }))
  const finished = tell(an.runFinished({ ...names }, { cause }))
  const deliveryId = `${runId}-delivery`
  cause = tell(an.deliveryQueued({ deliveryId, ...names }, { cause: finished }))
  for (let made = 1; made <= plot.attempts; made += 1) {
    const outcome = made < plot.attempts ? { succeeded: 0, notAttempted: 1, error: 'refused' } : {}
    cause = tell(an.deliveryAttempted({ deliveryId, attempt: made, ...outcome }, { cause }))
  }
  tell(
    deliveryEnd(
      plot.attempts > 2 ? 'DeliveryFailed' : 'DeliveryFinished',
      deliveryId,
      runId,
      plot.attempts,
      cause,
    ),
  )
}

/** Two associations whose files one flow takes together; what is said a second time does not hold. */
export const gatheredStory = (name: string): readonly Recorded[] => {
  const gatheringId = `${name}-gathering`
  const bundleIds = ['a', 'b'].map((one) => `${name}-${one}`)
  const parts = bundleIds.flatMap((bundleId) => {
    const closed = an.bundleClosed({ bundleId, associationIds: [bundleId] })
    const gathered = an.bundleGathered({ bundleId }, { cause: closed })
    const part = an.instancesGathered({ bundleId, gatheringId }, { cause: gathered })
    return [closed, gathered, part, an.bundleUnmatched({ bundleId }, { cause: closed })]
  })
  const bundleId = `${name}-bundle`
  const flow = { flowName: 'gathers', flowVersion: '1', flowHash: 'hash', definition: '{}' }
  const gathering = { by: 'study', value: '1.2.3', bundleIds, ...flow }
  const closed = (instances: number): Recorded => {
    const { data } = an.bundleClosed({ bundleId, associationIds: bundleIds, instances, gathering })
    return recorded({ type: 'BundleClosed', stream: gatheringId, data })
  }
  const { data } = an.triggerMatched({ bundleId, flowName: 'gathers', runId: `${name}-run` })
  return [...parts, closed(2), recorded({ type: 'TriggerMatched', stream: gatheringId, data }), closed(1)]
}

/** A delivery that people act on: given up, tried again, redirected, dropped, tried again, and finished at last. */
export const actedOnStory = (deliveryId: string): readonly Recorded[] => {
  const failed = (attempt: number) =>
    an.deliveryAttempted({ deliveryId, attempt, succeeded: 0, failed: 1, error: 'refused' })
  const { deliveryId: _, ...what } = an.deliveryQueued().data
  const so = (attempts: number) => ({ deliveryId, delivery: { ...what, attempts, results: null } })
  return [
    ...[an.deliveryQueued({ deliveryId }), failed(1), deliveryEnd('DeliveryFailed', deliveryId, 'run-1', 1)],
    ...[an.retryRequested(so(1)), an.deliveryReopened(so(1)), failed(2)],
    ...[an.redirectRequested(so(2)), an.deliveryRedirected(so(2)), an.destinationPaused()],
    ...[an.dropRequested(so(2)), an.deliveryDropped({ deliveryId }), failed(3), an.destinationResumed()],
    ...[
      an.deliveryReopened({ ...so(3), reason: 'after all' }),
      an.deliveryAttempted({ deliveryId, attempt: 4 }),
    ],
    ...[
      deliveryEnd('DeliveryFinished', deliveryId, 'run-1', 4),
      an.destinationPaused({ destination: 'PACS' }),
    ],
  ]
}

/** An instance that was not stored. */
export const instanceRefused = (data: { associationId: string; ordinal: number }, cause?: Recorded) =>
  recorded<'InstanceRefused'>(
    {
      type: 'InstanceRefused',
      stream: data.associationId,
      data: {
        ...data,
        sopInstanceUid: '1.2.9',
        sopClassUid: null,
        status: 0xc000,
        code: 'RD_DICOM_UNREADABLE',
        reason: 'the data set ends early',
      },
    },
    cause ? { cause } : {},
  )

/** A container that is about to start. */
export const modelStarted = (data: { runId: string; jobId: string; attempt: number }, cause?: Recorded) =>
  recorded<'ModelStarted'>(
    {
      type: 'ModelStarted',
      stream: data.runId,
      data: {
        ...data,
        workerId: 'worker-1',
        containerName: `raddeploy-${data.jobId}-${data.attempt}`,
        containerId: 'c0ffee',
        image: 'model:1',
        imageDigest: 'sha256:1',
      },
    },
    cause ? { cause } : {},
  )

/** The end of a delivery. */
export const deliveryEnd = (
  type: 'DeliveryFinished' | 'DeliveryFailed',
  deliveryId: string,
  runId: string,
  attempts: number,
  cause?: Recorded,
): Recorded => {
  const data = { deliveryId, runId, attempts }
  return recorded(
    type === 'DeliveryFinished'
      ? { type, stream: deliveryId, data: { ...data, instances: 1, warned: 0 } }
      : { type, stream: deliveryId, data: { ...data, reason: 'not acknowledged before the deadline' } },
    cause ? { cause } : {},
  )
}

/** A flow comes into force. */
export const flowDefined = (name: string, version = '1') =>
  recorded<'FlowDefined'>({
    type: 'FlowDefined',
    stream: name,
    data: {
      name,
      version,
      hash: `hash-${version}`,
      definition: '{}',
      source: 'name: x',
      file: 'flow.yaml',
      appliedBy: 'a',
    },
  })

/** A flow goes out of force. */
export const flowRetired = (name: string) =>
  recorded<'FlowRetired'>({
    type: 'FlowRetired',
    stream: name,
    data: { name, hash: 'hash-1', retiredBy: 'b', reason: null },
  })

/** A flow takes no bundles for a while. */
export const flowPaused = (name: string) =>
  recorded<'FlowPaused'>({ type: 'FlowPaused', stream: name, data: { name, by: 'c', reason: 'too slow' } })

/** And does again. */
export const flowResumed = (name: string) =>
  recorded<'FlowResumed'>({ type: 'FlowResumed', stream: name, data: { name, by: 'd', reason: null } })

/** A worker goes away. */
export const workerLeft = (workerId: string) =>
  recorded<'WorkerLeft'>({
    type: 'WorkerLeft',
    stream: workerId,
    data: { workerId, reason: 'stopped', sentAt: 0 },
  })

/** A record that was put aside, with bytes that are no text. */
export const deadLettered = (offset: number) =>
  recorded<'DeadLettered'>({
    type: 'DeadLettered',
    stream: 'raddeploy.arrivals',
    data: {
      topic: 'raddeploy.arrivals',
      partition: 0,
      offset,
      consumer: 'collector',
      code: 'RD_EVENT_UNDECODABLE',
      reason: 'no magic byte',
      key: Buffer.from('key'),
      value: Buffer.from([0, 255]),
      headers: { ce_type: 'x' },
    },
  })
