import { type ContainerInspectInfo } from 'dockerode'
import { type FailureKind } from './failure.ts'
import { oneLine } from './engine.ts'

/** What the engine says of a container, as far as an outcome depends on it. */
export type ContainerState = Pick<
  ContainerInspectInfo['State'],
  'Status' | 'Running' | 'ExitCode' | 'OOMKilled' | 'Error' | 'StartedAt' | 'FinishedAt'
> & {
  /** True where the engine was not there when the container ended: it never took it off its network. */
  readonly Unattended?: boolean
}

/** The state of a container as the engine tells it. */
export const stateIn = ({ State, NetworkSettings }: ContainerInspectInfo): ContainerState => ({
  ...State,
  Unattended:
    !State.Running &&
    Object.values(NetworkSettings?.Networks ?? {}).some(({ EndpointID }) => Boolean(EndpointID)),
})

/** How a container ended. */
export type Outcome =
  | { readonly ok: true; readonly exitCode: number; readonly durationMs: number }
  | {
      readonly ok: false
      readonly kind: FailureKind
      readonly message: string
      readonly exitCode: number | null
      readonly durationMs: number | null
    }

/** True for a container that the engine created and could not start. */
export const startFailed = ({ Status, ExitCode, Error: reason }: ContainerState): boolean =>
  Status === 'created' && (ExitCode !== 0 || (reason ?? '') !== '')

/** What an engine writes down that finds a container gone at its start; its end is unknown then. */
const isCutOff = ({ ExitCode, Error: reason, Unattended }: ContainerState): boolean =>
  ExitCode === 255 && (Unattended === true || (reason ?? '') !== '')

/** Ended by SIGKILL or SIGTERM, as an engine does that is stopped; not by us, for we stop what is over its time. */
const isKilled = ({ ExitCode, OOMKilled }: ContainerState): boolean =>
  (ExitCode === 137 || ExitCode === 143) && !OOMKilled

/**
 * How an attempt ended, from what the engine remembers alone, so that a worker that looked away judges the
 * same. Longer than the timeout is a timeout, whatever the exit code (it was stopped then, or should have
 * been). Then the exit code decides: 0 is success even where a process of it was killed for memory. Whoever was
 * killed is taken for ended from outside: what a model does to itself in this way, it does again.
 */
export const outcomeOf = (state: ContainerState, timeoutMs: number): Outcome => {
  const { ExitCode: exitCode, OOMKilled: starved, Error: reason } = state
  if (startFailed(state)) {
    const why = oneLine(reason ?? '')
    const blame = exitCode === 126 || exitCode === 127 ? 'image' : 'engine'
    const advice =
      blame === 'image' ? 'correct the command or the image' : 'see the Docker Engine of this worker'
    const message = `the container cannot be started: ${why}; ${advice}`
    return { ok: false, kind: blame, message, exitCode, durationMs: null }
  }
  if (state.Status === 'created' || state.Running)
    return {
      ok: false,
      kind: 'engine',
      message: 'the container did not end; see the Docker Engine of this worker',
      exitCode: null,
      durationMs: null,
    }
  const durationMs = Math.max(0, Date.parse(state.FinishedAt) - Date.parse(state.StartedAt))
  const failed = (kind: FailureKind, message: string): Outcome => ({
    ok: false,
    kind,
    message,
    exitCode,
    durationMs,
  })
  const fromOutside = (): Outcome =>
    failed(
      'engine',
      `the container was ended from outside (exit code ${exitCode}): its host or Docker Engine was stopped, or somebody killed it; see the worker, then run it again`,
    )
  if (isCutOff(state)) return fromOutside()
  if (durationMs >= timeoutMs)
    return failed(
      'timeout',
      `it ran longer than its timeout of ${timeoutMs / 1000} s and was stopped; raise timeout in the flow, or see its log`,
    )
  if (exitCode === 0) return { ok: true, exitCode, durationMs }
  if (exitCode === 137 && starved)
    return failed(
      'oom',
      'it was killed for memory; raise memory (or mem_limit) in the flow, or give the model less',
    )
  if (isKilled(state)) return fromOutside()
  const signal = exitCode > 128 && exitCode < 160 ? ` (signal ${exitCode - 128})` : ''
  const hint = exitCode === 126 || exitCode === 127 ? ' (a program that is not there or cannot be run)' : ''
  const memory = starved ? '; a process of it was killed for memory' : ''
  return failed('exit', `it ended with exit code ${exitCode}${signal}${hint}${memory}; its log says why`)
}
