import { problemText } from '../../../core/flow/problem.ts'
import { readFlows } from '../../../producers/flows/read.ts'
import { print } from '../output.ts'

/** Says every error of flow files; exit code 1 where there is one. */
export const validate = async (
  files: readonly string[],
  { json }: { readonly json?: true },
): Promise<void> => {
  const read = await Promise.all(files.map(readFlows))
  const problems = read.flatMap((one) => one.problems)
  const flows = read.flatMap((one) =>
    one.flows.map(({ file, flow, hash }) => ({ file, name: flow.name, version: flow.version, hash })),
  )
  print(json, { valid: problems.length === 0, flows, problems }, () =>
    [...problems.map(problemText), ...flows.map(({ file, name }) => `${file}: ${name} is valid`)].join('\n'),
  )
  if (problems.length > 0) process.exitCode = 1
}
