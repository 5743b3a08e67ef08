import { type Fact, type Recorded } from '../../core/event/event.ts'
import { result } from '../../core/flow/graph.ts'
import { pauseAfter } from '../../core/flow/retries.ts'
import { type Flow } from '../../core/flow/schema.ts'
import { emptyResult, failsResult, isDone } from './barren.ts'
import { deliveryIdOf, destinationsOf } from './destinations.ts'
import { jobIdOf, modelQueued, readyModels } from './ready.ts'
import { type Job, type Run, type SchedulerIn, type SchedulerOut, goesOn } from './state.ts'

/**
 * Folds a run and plans what follows. The plan is part of the state: a model that was planned counts as
 * queued at once, so the next event finds it so, however late its ModelQueued is read back. Only a model with
 * `when` is not planned here: the effect that looks at its inputs says what becomes of it, and of what is said the
 * first on the log holds.
 *
 * A run that goes to its end finishes with `dst`. Where `dst` cannot be made
 * - because of a failure, though of an optional model, the run fails as soon as that is known;
 * - because of models that were skipped, and of nothing else, the run finishes with a `dst` without files, and that
 *   is sent nowhere.
 */
export const evolve = (run: Run, event: Recorded<SchedulerIn>): Run => {
  switch (event.type) {
    case 'RunCreated': {
      if (run.created) return run
      const flow = JSON.parse(event.data.definition) as Flow
      const created = { ...run, created: event, flow, mounts: { src: event.data.input } }
      return run.cancel ? cancelled(created, event, run.cancel) : advance(created, event)
    }
    case 'ModelQueued': {
      const job = undecided(run, event)
      return job ? withJob(run, event, { model: job.model, attempt: job.attempt, status: 'queued' }) : run
    }
    case 'ModelSkipped': {
      const job = undecided(run, event)
      if (!job) return run
      const { output } = event.data
      const skipped: Job = { model: job.model, attempt: job.attempt, status: 'skipped', output }
      return advance(withJob(run, event, skipped), event)
    }
    case 'ModelFinished': {
      const job = underWay(run, event)
      if (!job) return run
      const mounts = Object.fromEntries(event.data.outputs.map((output) => [output.name, output]))
      const finished = withJob(run, event, { ...job, status: 'finished' })
      return advance({ ...finished, mounts: { ...run.mounts, ...mounts } }, event)
    }
    case 'ModelFailed': {
      const job = underWay(run, event)
      return job ? failed(run, event, job) : run
    }
    case 'CancelRequested': {
      // It may be folded before its run: the two stand in different topics.
      if (!run.created) return { ...run, cancel: run.cancel ?? event }
      return goesOn(run) ? cancelled(run, event, event) : run
    }
    // Of two ends the first on the log holds: what was cancelled then is never sent.
    case 'RunFinished':
      return run.closed ? run : { ...run, closed: true, follows: says(event, deliveriesOf(run, event)) }
    case 'RunFailed':
    case 'RunCancelled':
      return { ...run, closed: true }
  }
}

/** It is tried again, or the run goes on without it, or fails. */
const failed = (run: Run, event: Recorded<'ModelFailed'>, job: UnderWay): Run => {
  const { model, attempt } = job
  const { retries, optional } = run.flow!.models[model]!
  const pause = pauseAfter(retries, event.data.kind, attempt)
  if (pause !== undefined) {
    const notBefore = pause > 0 ? Date.parse(event.meta.time) + Math.round(pause) : null
    const again = modelQueued(run, model, attempt + 1, notBefore)
    return { ...withJob(run, event, { ...job, attempt: attempt + 1 }), follows: says(event, [again]) }
  }
  const without = withJob(run, event, { ...job, status: 'failed' })
  if (optional && !failsResult(without)) return advance(without, event)
  return { ...without, ended: 'failed', follows: says(event, [runFailed(run, event)]) }
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

type UnderWay = Extract<Job, { readonly status: 'queued' | 'finished' | 'failed' }>

/** The job of an outcome that holds: the first for the attempt under way of a run that goes on. */
const underWay = (run: Run, { data }: Recorded<'ModelFinished' | 'ModelFailed'>): UnderWay | undefined => {
  const job = run.jobs[data.jobId]
  return goesOn(run) && job?.status === 'queued' && job.attempt === data.attempt ? job : undefined
}

/** The job whose `when` is decided by this event: the first that says so. */
const undecided = (run: Run, { data }: Recorded<'ModelQueued' | 'ModelSkipped'>): Job | undefined => {
  const job = run.jobs[data.jobId]
  return goesOn(run) && job?.status === 'undecided' ? job : undefined
}

const withJob = (run: Run, { data }: { readonly data: { readonly jobId: string } }, job: Job): Run => ({
  ...run,
  jobs: { ...run.jobs, [data.jobId]: job },
})

const says = (event: Recorded, facts: readonly Fact<SchedulerOut>[]): Run['follows'] => ({
  from: event.meta.id,
  facts,
})

/** The end of a run of which nothing is left to do; else what can start now, or be looked at. */
const advance = (
  run: Run,
  event: Recorded<'RunCreated' | 'ModelFinished' | 'ModelFailed' | 'ModelSkipped'>,
): Run => {
  if (isDone(run)) return { ...run, ended: 'finished', follows: says(event, [runFinished(run)]) }
  const { models } = run.flow!
  const ready = readyModels(run)
  const jobs = ready.map((model): [string, Job] => [
    jobIdOf(run.created!.data.runId, model),
    models[model]!.when
      ? { model, attempt: 1, status: 'undecided', cause: event }
      : { model, attempt: 1, status: 'queued' },
  ])
  const queued = ready.filter((model) => !models[model]!.when)
  return {
    ...run,
    jobs: { ...run.jobs, ...Object.fromEntries(jobs) },
    follows: says(
      event,
      queued.map((model) => modelQueued(run, model, 1)),
    ),
  }
}

const runFinished = (run: Run): Fact<'RunFinished'> => {
  const { runId, flowName, input, calling } = run.created!.data
  const nothing = emptyResult(run)
  const output = nothing ?? run.mounts[result] ?? { ...input, name: result }
  const destinations = nothing ? [] : destinationsOf(run.flow!, calling)
  return { type: 'RunFinished', stream: runId, data: { runId, flowName, output, destinations } }
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

/**
 * What the sender of the inputs sends is no result of ours that comes back, unless it gets the results itself, or its
 * inputs were such results: then it may go round for ever.
 */
const deliveriesOf = (
  { created }: Run,
  { data }: Recorded<'RunFinished'>,
): readonly Fact<'DeliveryQueued'>[] => {
  const { runId, flowName, output: files, destinations } = data
  const { calling = null, input = null, lineage = [] } = created?.data ?? {}
  const returns = destinations.some(({ aeTitle }) => aeTitle !== '' && aeTitle === calling?.aeTitle)
  const origin = {
    lineage: [flowName, ...lineage.filter((name) => name !== flowName)],
    sender: returns || lineage.includes(flowName) ? null : calling,
    input,
  }
  return destinations.map((destination) => {
    const deliveryId = deliveryIdOf(runId, destination)
    const what = { deliveryId, runId, flowName, destination, files }
    return { type: 'DeliveryQueued', stream: deliveryId, data: { ...what, ...origin } }
  })
}
