import { type ErrorCode } from './codes.ts'

/**
 * The one error of this system: a code from the list, a message that says what to do, the facts as
 * properties, and the cause. Anything else that is thrown is a bug.
 */
export class RadDeployError extends Error {
  readonly code: ErrorCode
  readonly facts: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, facts: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'RadDeployError'
    this.code = code
    this.facts = facts
  }
}

/** True when `error` is ours and, where a code is given, carries that code. */
export const isRadDeployError = (error: unknown, code?: ErrorCode): error is RadDeployError =>
  error instanceof RadDeployError && (code === undefined || error.code === code)

/** What a person should read of any thrown value: one line, never a stack. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error)
