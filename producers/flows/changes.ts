import { type FlowProblem, problemText } from '../../core/flow/problem.ts'
import { type FlowFiles } from './read.ts'

/** A flow as it was last applied from a folder. */
export interface Brought {
  readonly file: string
  readonly hash: string
}

/** The problems that were not there before. */
export const news = (before: readonly FlowProblem[], now: readonly FlowProblem[]): readonly FlowProblem[] => {
  const said = new Set(before.map(problemText))
  return now.filter((problem) => !said.has(problemText(problem)))
}

/**
 * The flows that had a file and have none any more: it was removed, or has another name in it now. A file that became
 * wrong is still that of its flow.
 * @param files those that are there, good or not
 */
export const gone = (
  brought: ReadonlyMap<string, Brought>,
  now: FlowFiles,
  files: ReadonlyMap<string, unknown>,
): readonly string[] =>
  [...brought].flatMap(([name, { file }]) => {
    const isThere = now.flows.some(({ flow }) => flow.name === name)
    const isOfAnother = now.flows.some((one) => one.file === file)
    return !isThere && (isOfAnother || !files.has(file)) ? [name] : []
  })
