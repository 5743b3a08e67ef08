import { type Fact } from '../../core/event/event.ts'
import { deterministicId } from '../../core/event/id.ts'
import { needsOf } from '../../core/flow/placement.ts'
import { type Flow } from '../../core/flow/schema.ts'
import { edgesOf, levels, modelName, ready, result } from '../../core/flow/graph.ts'
import { type MountRef } from '../../schemas/generated/shared.ts'
import { type Job, type Run } from './state.ts'

/** Id of a model in a run, the same for each attempt. */
export const jobIdOf = (runId: string, model: number): string => deterministicId('job', runId, model)

/** The models that can start now: their inputs exist and they were not queued before. */
export const readyModels = (run: Run): readonly number[] => {
  const started = Object.values(run.jobs).map(({ model }) => model)
  return ready(run.flow!, Object.keys(run.mounts), started)
}

/** Queues an attempt at a model. */
export const modelQueued = (run: Run, model: number, attempt: number): Fact<'ModelQueued'> => {
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
      notBefore: null,
      timeoutMs: definition.timeout * 1000,
      flowName: run.created!.data.flowName,
    },
  }
}

/** True when nothing of the run is left to do: each model has finished, or never will. */
export const isDone = (run: Run): boolean => {
  const jobs: readonly Job[] = Object.values(run.jobs)
  const finished = jobs.filter(({ status }) => status === 'finished')
  return finished.length + barren(run).size === run.flow!.models.length
}

/** True unless the model that writes `dst` never will. */
export const canDeliver = (run: Run): boolean =>
  ![...barren(run)].some((model) => Object.hasOwn(run.flow!.models[model]!.output_mounts, result))

/** The models that give nothing: those that failed for good, and all that need what one of these would have written. */
const barren = (run: Run): ReadonlySet<number> => {
  const jobs: readonly Job[] = Object.values(run.jobs)
  const none = new Set(jobs.filter(({ status }) => status === 'failed').map(({ model }) => model))
  const edges = edgesOf(run.flow!)
  for (const model of levels(run.flow!).flat())
    if (edges.some(({ from, to }) => to === model && none.has(from))) none.add(model)
  return none
}
