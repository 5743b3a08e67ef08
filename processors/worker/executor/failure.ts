import { RadDeployError, isRadDeployError } from '../../../core/error/error.ts'
import { type ModelFailed } from '../../../schemas/generated/runs.ts'
import { isGone, reasonOf, statusOf } from './engine.ts'

/** Why an attempt failed, as ModelFailed says it. */
export type FailureKind = ModelFailed['kind']

/** An attempt that cannot succeed; the message goes into ModelFailed: no patient data, and what to do. */
export const failure = (kind: FailureKind, message: string, cause?: unknown): RadDeployError =>
  new RadDeployError('RD_MODEL_FAILED', message, { kind }, cause)

/** An error of the object store in the middle of an object, where the store itself cannot name it. */
export const storeBroke = (key: string, cause: unknown): RadDeployError =>
  isRadDeployError(cause)
    ? cause
    : new RadDeployError('RD_S3_UNAVAILABLE', `the object store broke off ${key}`, { key }, cause)

/** What ModelFailed says of anything that was thrown while a model was run. */
export const failureOf = (error: unknown): { readonly kind: FailureKind; readonly message: string } => {
  if (isRadDeployError(error, 'RD_MODEL_FAILED'))
    return { kind: error.facts.kind as FailureKind, message: error.message }
  if (isRadDeployError(error))
    return { kind: 'engine', message: `${error.message}; check the object store, then run it again` }
  if (isGone(error))
    return {
      kind: 'engine',
      message: 'the Docker Engine does not answer; start it on this worker, then run it again',
    }
  if (statusOf(error) !== undefined)
    return {
      kind: 'engine',
      message: `the Docker Engine refused: ${reasonOf(error)}; see its log, then run it again`,
    }
  return { kind: 'unknown', message: "an error nobody foresaw; the worker's log has it. Please report it" }
}
