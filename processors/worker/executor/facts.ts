import { type ContainerInspectInfo } from 'dockerode'
import { type Fact, type Recorded } from '../../../core/event/event.ts'
import { isOptional } from '../../../core/flow/modelSchema.ts'
import { type ModelFailed, type ModelFinished } from '../../../schemas/generated/runs.ts'
import { type StoredLog } from './logs.ts'
import { containerName, label } from './name.ts'
import { specOf } from './spec.ts'
import { type DoneStep } from './stepCache.ts'

type Assigned = Recorded<'ModelAssigned'>

/** A container was made, and is about to be started. */
export const startedOf = ({ data }: Assigned, container: ContainerInspectInfo): Fact<'ModelStarted'> => {
  const { runId, jobId, attempt, workerId } = data
  return {
    type: 'ModelStarted',
    stream: runId,
    data: {
      ...{ runId, jobId, attempt, workerId },
      containerName: containerName(data),
      containerId: container.Id,
      image: specOf(data.spec).docker_kwargs.image,
      imageDigest: container.Config.Labels[label.imageDigest] ?? container.Image,
    },
  }
}

/** A container ended well; its outputs are durable. `stepHash` is null for one that an older version made. */
export const finishedOf = (
  { data }: Assigned,
  finished: Pick<ModelFinished, 'exitCode' | 'durationMs' | 'outputs' | 'log' | 'stepHash'>,
): Fact<'ModelFinished'> => {
  const { runId, jobId, attempt, workerId } = data
  return {
    type: 'ModelFinished',
    stream: runId,
    data: { ...{ runId, jobId, attempt, workerId }, ...finished, reusedFrom: null },
  }
}

/** The same step was done before, and its outputs are still there: no container was made. */
export const reusedOf = (
  { data }: Assigned,
  { earlier, stepHash }: { readonly earlier: DoneStep; readonly stepHash: string },
): Fact<'ModelFinished'> => {
  const { outputs, ...reusedFrom } = earlier
  const { runId, jobId, attempt, workerId } = data
  return {
    type: 'ModelFinished',
    stream: runId,
    data: {
      ...{ runId, jobId, attempt, workerId, exitCode: 0, durationMs: 0, outputs },
      ...{ log: null, stepHash, reusedFrom },
    },
  }
}

/** An attempt that did not get as far as durable outputs, and why. */
export const failedOf = (
  { data }: Assigned,
  failed: Pick<ModelFailed, 'kind' | 'message'> & Partial<Pick<ModelFailed, 'exitCode' | 'durationMs'>>,
  logged?: StoredLog,
): Fact<'ModelFailed'> => {
  const { runId, jobId, attempt, workerId } = data
  const { kind, message, exitCode = null, durationMs = null } = failed
  return {
    type: 'ModelFailed',
    stream: runId,
    data: {
      ...{ runId, jobId, attempt, workerId, kind, message, exitCode, durationMs },
      optional: isOptional(data.spec),
      log: logged?.log ?? null,
      logTail: logged?.tail ?? null,
    },
  }
}
