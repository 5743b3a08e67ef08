import { type Effect } from '../../core/decider/decider.ts'
import { type Fact } from '../../core/event/event.ts'
import { deterministicId } from '../../core/event/id.ts'
import { needsOf } from '../../core/flow/placement.ts'
import { type Flow } from '../../core/flow/schema.ts'
import { modelName, ready } from '../../core/flow/graph.ts'
import { type MountRef } from '../../schemas/generated/shared.ts'
import { type Run, type SchedulerIn, goesOn } from './state.ts'

/** Id of a model in a run, the same for each attempt. */
export const jobIdOf = (runId: string, model: number): string => deterministicId('job', runId, model)

/** The models whose inputs exist and that are no job yet. */
export const readyModels = (run: Run): readonly number[] => {
  const started = Object.values(run.jobs).map(({ model }) => model)
  return ready(run.flow!, Object.keys(run.mounts), started)
}

/** The models of which it is to be looked at whether their inputs meet their `when`; none once the run has ended. */
export const toLookAt = (run: Run): readonly Effect<SchedulerIn>[] =>
  goesOn(run)
    ? Object.entries(run.jobs).flatMap(([jobId, job]) =>
        job.status === 'undecided' ? [{ key: jobId, cause: job.cause }] : [],
      )
    : []

/** Queues an attempt at a model. It waits until `notBefore` (milliseconds since the epoch); null: for nothing. */
export const modelQueued = (
  run: Run,
  model: number,
  attempt: number,
  notBefore: number | null = null,
): Fact<'ModelQueued'> => {
  const { runId } = run.created!.data
  const flow: Flow = run.flow!
  const definition = flow.models[model]!
  return {
    type: 'ModelQueued',
    stream: runId,
    data: {
      runId,
      jobId: jobIdOf(runId, model),
      model,
      name: modelName(flow, model),
      attempt,
      spec: JSON.stringify(definition),
      inputs: Object.keys(definition.input_mounts).map((name): MountRef => run.mounts[name]!),
      priority: flow.priority,
      ...needsOf(definition),
      notBefore,
      timeoutMs: definition.timeout * 1000,
      flowName: run.created!.data.flowName,
    },
  }
}
