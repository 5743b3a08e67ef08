import { type ContainerInspectInfo } from 'dockerode'
import { messageOf } from '../../core/error/error.ts'
import { type Fact, type Recorded } from '../../core/event/event.ts'
import { nonceOf } from '../../core/run/modelLog.ts'
import { key } from '../../infra/s3/key.ts'
import { type ModelFailed } from '../../schemas/generated/runs.ts'
import { type MountRef } from '../../schemas/generated/shared.ts'
import { NotWanted } from '../runtime/effects.ts'
import { type Context, type Parts, patienceOf } from './executor/context.ts'
import { steadily } from './executor/engine.ts'
import { failedOf, finishedOf, reusedOf, startedOf } from './executor/facts.ts'
import { failureOf } from './executor/failure.ts'
import { type LiveLog, liveLog } from './executor/liveLog.ts'
import { type StoredLog, storeLog } from './executor/logs.ts'
import { layoutOf } from './executor/mounts.ts'
import { label, labelsOf } from './executor/name.ts'
import { outcomeOf, startFailed } from './executor/outcome.ts'
import { collect } from './executor/outputs.ts'
import { prepare } from './executor/prepare.ts'
import { specOf } from './executor/spec.ts'
import { keepDone } from './executor/stepCache.ts'
import { discard } from './executor/sweep.ts'
import { runToEnd } from './executor/watch.ts'

type Assigned = Recorded<'ModelAssigned'>
type Outcome = Fact<'ModelFinished' | 'ModelFailed'>

/**
 * Runs one assignment in a container and yields what happened. Whoever iterates publishes each fact before
 * it asks for the next: the container starts after its ModelStarted is acknowledged, and is removed after
 * its outcome is.
 *
 * It may be called again for the same assignment at any time, by this process or another one: it finds the
 * container by its name, wherever that stands, and says the same facts again. When `signal` is aborted the
 * iteration ends and the container lives on, unless the reason is NotWanted: then it is killed and removed.
 */
export const runModel = (parts: Parts) =>
  async function* (
    assigned: Assigned,
    signal: AbortSignal,
  ): AsyncGenerator<Fact<'ModelStarted' | 'ModelFinished' | 'ModelFailed'>> {
    const { jobId, attempt } = assigned.data
    const context: Context = { ...parts, signal, logger: parts.logger.child({ jobId, attempt }) }
    try {
      yield* fromStartToOutcome(assigned, context)
      if (!signal.aborted) await cleanUp(assigned, context)
    } finally {
      if (signal.reason instanceof NotWanted) await cleanUp(assigned, context)
    }
  }

async function* fromStartToOutcome(
  assigned: Assigned,
  context: Context,
): AsyncGenerator<Fact<'ModelStarted' | 'ModelFinished' | 'ModelFailed'>> {
  const { signal } = context
  const prepared = await attempting(() => prepare(assigned, context), assigned, context)
  if (signal.aborted) return
  if ('failed' in prepared) return yield prepared.failed
  if ('earlier' in prepared.done) return yield reusedOf(assigned, prepared.done)
  const { container } = prepared.done
  yield startedOf(assigned, container)
  if (signal.aborted) return
  const live = liveLog(assigned, container, context)
  const ended = await attempting(() => finish(assigned, container, live, context), assigned, context)
  if (signal.aborted) return
  const outcome = 'failed' in ended ? ended.failed : ended.done
  try {
    yield outcome
  } finally {
    // what ended without a whole log keeps what was seen of it; the outcome may be read back before it is acknowledged
    const isSaid = !signal.aborted || signal.reason instanceof NotWanted
    if (outcome.data.log && isSaid) await live.remove()
  }
}

/** What a step gave, or the ModelFailed that its error amounts to. */
const attempting = async <T>(
  step: () => Promise<T>,
  assigned: Assigned,
  { logger, signal }: Context,
): Promise<{ readonly done: T } | { readonly failed: Outcome }> => {
  try {
    signal.throwIfAborted()
    return { done: await step() }
  } catch (error) {
    const { kind, message } = failureOf(error)
    if (!signal.aborted) logger.error({ err: error, kind }, 'the model cannot be run to its end')
    return { failed: failedOf(assigned, { kind, message }) }
  }
}

/** From the start of the container to its outcome: the log and the outputs are durable then. */
const finish = async (
  assigned: Assigned,
  { Id, Config: { Labels } }: ContainerInspectInfo,
  live: LiveLog,
  context: Context,
): Promise<Outcome> => {
  const { data } = assigned
  const container = context.docker.getContainer(Id)
  const state = await runToEnd(container, data.timeoutMs, context).finally(live.end)
  const outcome = outcomeOf(state, data.timeoutMs)
  // the same container has the same output: whoever reads it again uses the same keys
  const nonce = nonceOf(Id)
  const logged = startFailed(state) ? undefined : await logOf(assigned, Id, nonce, context)
  if (!outcome.ok) return failedOf(assigned, outcome, logged)
  const { exitCode, durationMs } = outcome
  const collected = await attempting(() => outputsOf(assigned, Id, nonce, context), assigned, context)
  if ('failed' in collected) {
    const { kind, message } = collected.failed.data as ModelFailed
    return failedOf(assigned, { kind, message, exitCode, durationMs }, logged)
  }
  const { done: outputs } = collected
  const stepHash = Labels[label.stepHash] ?? null
  if (stepHash !== null && specOf(data.spec).cache) {
    const { runId, jobId, attempt } = data
    await keepDone(stepHash, { runId, jobId, attempt, outputs: [...outputs] }, context)
  }
  return finishedOf(assigned, { exitCode, durationMs, outputs, log: logged?.log ?? null, stepHash })
}

const outputsOf = async (
  { data }: Assigned,
  id: string,
  nonce: string,
  context: Context,
): Promise<readonly MountRef[]> => {
  const outputs: MountRef[] = []
  for (const { path, outputs: names } of layoutOf(specOf(data.spec)).volumes)
    for (const name of names) {
      const mount = {
        name,
        path,
        fileKey: (file: string) => key.output(data.runId, data.jobId, data.attempt, nonce, name, file),
        manifestKey: key.outputManifest(data.runId, data.jobId, data.attempt, nonce, name),
      }
      outputs.push(
        await steadily(
          'collecting the output',
          () => collect(context.docker.getContainer(id), mount, context),
          patienceOf(context),
        ),
      )
    }
  return outputs
}

const logOf = (
  { data }: Assigned,
  id: string,
  nonce: string,
  context: Context,
): Promise<StoredLog | undefined> => {
  const keyOf = (part: 'log' | 'tail') => key.log(data.runId, data.jobId, data.attempt, nonce, part)
  return steadily(
    'storing the log',
    () => storeLog(context.docker.getContainer(id), keyOf, context),
    patienceOf(context),
  ).catch((error: unknown) => {
    // a model that ended well is not failed for its log
    context.logger.warn({ error: messageOf(error) }, 'the log is lost')
    return undefined
  })
}

/** Removes the container and its volumes, running or not; what remains is found by `sweep`. */
const cleanUp = async ({ data }: Assigned, { docker, config, logger }: Context): Promise<void> => {
  const { signal } = new AbortController()
  try {
    const { answerMs, installation, patienceMs } = config
    const patience = { patienceMs: Math.min(10_000, patienceMs), signal, logger }
    await steadily(
      'removing the container',
      () => discard(docker, labelsOf(data, installation), { answerMs }),
      patience,
    )
  } catch (error) {
    logger.warn({ error: messageOf(error) }, 'cannot remove the container; it goes at the next start')
  }
}
