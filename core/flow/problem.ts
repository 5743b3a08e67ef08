import { type ErrorCode } from '../error/codes.ts'
import { RadDeployError } from '../error/error.ts'

/** One thing that is wrong with a flow file, and where. */
export interface FlowProblem {
  readonly code: Extract<ErrorCode, `RD_FLOW_${string}`>
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  /** Where in the file's structure: `models[0].docker_kwargs.image`; '' for the file itself. */
  readonly key: string
  readonly reason: string
}

/** The line that people read: `file:line:column: key: reason`. */
export const problemText = ({ file, line, column, key, reason }: FlowProblem): string =>
  `${file}:${line}:${column}: ${key === '' ? '' : `${key}: `}${reason}`

/** All problems as one error; its code is that of the first. */
export const flowError = (problems: readonly FlowProblem[]): RadDeployError =>
  new RadDeployError(problems[0]?.code ?? 'RD_FLOW_INVALID', problems.map(problemText).join('\n'), {
    problems,
  })
