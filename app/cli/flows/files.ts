import { type FlowProblem } from '../../../core/flow/problem.ts'
import { type FlowFile, readFlows, sameName } from '../../../producers/flows/read.ts'

/** A flow and the argument it was found by. */
export interface NamedFlow extends FlowFile {
  readonly path: string
}

/** Reads every file and folder that was named; a flow's name may be there once only, in whatever file. */
export const readAll = async (
  paths: readonly string[],
): Promise<{ readonly flows: readonly NamedFlow[]; readonly problems: readonly FlowProblem[] }> => {
  const read = await Promise.all(paths.map(async (path) => ({ path, ...(await readFlows(path)) })))
  const problems = read.flatMap((one) => one.problems)
  const flows = new Map<string, NamedFlow>()
  for (const { path, flows: found } of read)
    for (const one of found) {
      const first = flows.get(one.flow.name)
      if (!first) flows.set(one.flow.name, { path, ...one })
      else if (first.hash !== one.hash) problems.push(sameName(path, one.source, one.flow.name, first.path))
    }
  return { flows: [...flows.values()], problems }
}
