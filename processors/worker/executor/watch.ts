import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { type Context, patienceOf } from './context.ts'
import { statusOf, steadily } from './engine.ts'
import { failure } from './failure.ts'
import { answered } from './silence.ts'
import { type ContainerState, startFailed, stateIn } from './outcome.ts'

/**
 * Starts a container that is not started yet, waits until it has ended and stops it when its time is over.
 * All it knows it asks the engine: it may be called at any moment of a container's life, again and again.
 * The engine may go away meanwhile and come back.
 */
export const runToEnd = async (
  container: Docker.Container,
  timeoutMs: number,
  context: Context,
): Promise<ContainerState> => {
  const patience = patienceOf(context)
  const { answerMs, stopGraceMs } = context.config
  for (;;) {
    const state = await steadily('looking at the container', () => stateOf(container, answerMs), patience)
    if (isFresh(state)) await steadily('starting the container', () => start(container, answerMs), patience)
    else if (!state.Running) return state
    else {
      const ran =
        (await steadily('asking the time', () => engineTime(context.docker, answerMs), patience)) -
        began(state)
      if (ran < timeoutMs)
        await endOr(container, Math.min(timeoutMs - ran, context.config.pollMs), context.signal)
      else
        await steadily(
          'stopping the container',
          () => answered(answerMs + stopGraceMs, () => stop(container, Math.ceil(stopGraceMs / 1000))),
          patience,
        )
    }
  }
}

const isFresh = (state: ContainerState): boolean => state.Status === 'created' && !startFailed(state)

const began = (state: ContainerState): number => Date.parse(state.StartedAt)

/** The engine's own clock, for it need not be ours. */
const engineTime = async (docker: Docker, answerMs: number): Promise<number> =>
  Date.parse(((await answered(answerMs, () => docker.info())) as { SystemTime: string }).SystemTime)

const stateOf = async (container: Docker.Container, answerMs: number): Promise<ContainerState> => {
  try {
    return stateIn(await answered(answerMs, () => container.inspect()))
  } catch (error) {
    if (statusOf(error) === 404)
      throw failure(
        'engine',
        'somebody removed the container while it was in use; run the model again',
        error,
      )
    throw error
  }
}

const start = async (container: Docker.Container, answerMs: number): Promise<void> => {
  try {
    await answered(answerMs, () => container.start())
  } catch (error) {
    const status = statusOf(error)
    if (status === undefined) throw error
    // 304: it runs already. Else the engine keeps in the container's state why it did not start
    if (status !== 304 && isFresh(await stateOf(container, answerMs))) throw error
  }
}

const stop = async (container: Docker.Container, seconds: number): Promise<void> => {
  try {
    await container.stop({ t: seconds })
  } catch (error) {
    if (statusOf(error) !== 304) throw error
  }
}

/**
 * Until the container has ended, at most `ms`. The engine's answer to a wait never comes when the engine
 * dies meanwhile: hence no wait is trusted for longer.
 */
const endOr = async (container: Docker.Container, ms: number, signal: AbortSignal): Promise<void> => {
  const done = new AbortController()
  const either = AbortSignal.any([signal, done.signal])
  const pause = sleep(ms, undefined, { signal: either }).catch(() => undefined)
  try {
    await Promise.race([container.wait({ abortSignal: either }).catch(() => pause), pause])
  } finally {
    done.abort()
  }
  signal.throwIfAborted()
}
