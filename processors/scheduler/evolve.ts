import { type Fact, type Recorded } from '../../core/event/event.ts'
import { type Flow } from '../../core/flow/schema.ts'
import { deliveryIdOf, destinationsOf } from './destinations.ts'
import { canDeliver, isDone, jobIdOf, modelQueued, readyModels } from './ready.ts'
import { type Job, type Run, type SchedulerIn, type SchedulerOut } from './state.ts'

/** Kinds of failure that are not the model's own, and so need not come again elsewhere; any other is for good. */
const transient: readonly string[] = ['lost', 'engine']
/** Attempts at a model in all, as long as its failures are transient. */
const attempts = 3

/**
 * Folds a run and plans what follows. The plan is part of the state: a model that was planned counts as
 * queued at once, so the next event finds it so, however late its ModelQueued is read back.
 */
export const evolve = (run: Run, event: Recorded<SchedulerIn>): Run => {
  switch (event.type) {
    case 'RunCreated': {
      if (run.created) return run
      const flow = JSON.parse(event.data.definition) as Flow
      const created = { ...run, created: event, flow, mounts: { src: event.data.input } }
      return run.cancel ? cancelled(created, event, run.cancel) : advance(created, event)
    }
    case 'ModelFinished': {
      if (!holds(run, event)) return run
      const mounts = Object.fromEntries(event.data.outputs.map((output) => [output.name, output]))
      return advance({ ...setJob(run, event, 'finished'), mounts: { ...run.mounts, ...mounts } }, event)
    }
    case 'ModelFailed': {
      if (!holds(run, event)) return run
      const { jobId, attempt, kind } = event.data
      const { model } = run.jobs[jobId]!
      if (transient.includes(kind) && attempt < attempts) {
        const job: Job = { model, attempt: attempt + 1, status: 'queued' }
        return {
          ...run,
          jobs: { ...run.jobs, [jobId]: job },
          follows: says(event, [modelQueued(run, model, attempt + 1)]),
        }
      }
      const failed = setJob(run, event, 'failed')
      if (run.flow!.models[model]!.optional && canDeliver(failed)) return advance(failed, event)
      return { ...failed, ended: 'failed', follows: says(event, [runFailed(run, event)]) }
    }
    case 'CancelRequested': {
      // It may be folded before its run: the two stand in different topics.
      if (!run.created) return { ...run, cancel: run.cancel ?? event }
      return run.ended ? run : cancelled(run, event, event)
    }
    // Of two ends the first on the log holds: what was cancelled then is never sent.
    case 'RunFinished':
      return run.closed ? run : { ...run, closed: true, follows: says(event, deliveriesOf(event)) }
    case 'RunFailed':
    case 'RunCancelled':
      return { ...run, closed: true }
  }
}

const cancelled = (run: Run, event: Recorded, { data }: Recorded<'CancelRequested'>): Run => {
  const { runId, flowName } = run.created!.data
  const attempts = Object.entries(run.jobs).flatMap(([jobId, { status, attempt }]) =>
    status === 'queued' ? [{ jobId, attempt }] : [],
  )
  const fact: Fact<'RunCancelled'> = {
    type: 'RunCancelled',
    stream: runId,
    data: { runId, flowName, by: data.by, reason: data.reason, attempts },
  }
  return { ...run, ended: 'cancelled', follows: says(event, [fact]) }
}

/** The outcome of an attempt holds when it is the first for the attempt under way of an open run. */
const holds = (run: Run, { data }: Recorded<'ModelFinished' | 'ModelFailed'>): boolean => {
  const job = run.jobs[data.jobId]
  return run.ended === undefined && job?.status === 'queued' && job.attempt === data.attempt
}

const setJob = (
  run: Run,
  { data }: Recorded<'ModelFinished' | 'ModelFailed'>,
  status: Job['status'],
): Run => ({
  ...run,
  jobs: { ...run.jobs, [data.jobId]: { ...run.jobs[data.jobId]!, status } },
})

const says = (event: Recorded, facts: readonly Fact<SchedulerOut>[]): Run['follows'] => ({
  from: event.meta.id,
  facts,
})

const advance = (run: Run, event: Recorded<'RunCreated' | 'ModelFinished' | 'ModelFailed'>): Run => {
  const { runId, flowName } = run.created!.data
  if (isDone(run)) {
    const output =
      run.flow!.models.length === 0 ? { ...run.created!.data.input, name: 'dst' } : run.mounts['dst']!
    const finished: Fact<'RunFinished'> = {
      type: 'RunFinished',
      stream: runId,
      data: { runId, flowName, output, destinations: destinationsOf(run.flow!, run.created!.data.calling) },
    }
    return { ...run, ended: 'finished', follows: says(event, [finished]) }
  }
  const models = readyModels(run)
  const jobs = models.map((model): [string, Job] => [
    jobIdOf(runId, model),
    { model, attempt: 1, status: 'queued' },
  ])
  return {
    ...run,
    jobs: { ...run.jobs, ...Object.fromEntries(jobs) },
    follows: says(
      event,
      models.map((model) => modelQueued(run, model, 1)),
    ),
  }
}

const runFailed = (run: Run, { data }: Recorded<'ModelFailed'>): Fact<'RunFailed'> => {
  const { runId, flowName } = run.created!.data
  const { model } = run.jobs[data.jobId]!
  const { name } = modelQueued(run, model, data.attempt).data
  const why = run.flow!.models[model]!.optional ? '; it is optional, but "dst" cannot be made without it' : ''
  return {
    type: 'RunFailed',
    stream: runId,
    data: { runId, flowName, jobId: data.jobId, name, reason: `${data.kind}: ${data.message}${why}` },
  }
}

const deliveriesOf = ({ data }: Recorded<'RunFinished'>): readonly Fact<'DeliveryQueued'>[] =>
  data.destinations.map((destination) => {
    const deliveryId = deliveryIdOf(data.runId, destination)
    const { runId, flowName, output: files } = data
    return {
      type: 'DeliveryQueued',
      stream: deliveryId,
      data: { deliveryId, runId, flowName, destination, files },
    }
  })
