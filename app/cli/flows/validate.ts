import { problemText } from '../../../core/flow/problem.ts'
import { print } from '../output.ts'
import { readAll } from './files.ts'

/** Says every error of flow files; exit code 1 where there is one. */
export const validate = async (
  files: readonly string[],
  { json }: { readonly json?: true },
): Promise<void> => {
  const read = await readAll(files)
  const { problems } = read
  const flows = read.flows.map(({ file, flow, hash }) => ({
    file,
    name: flow.name,
    version: flow.version,
    hash,
  }))
  print(json, { valid: problems.length === 0, flows, problems }, () =>
    [...problems.map(problemText), ...flows.map(({ file, name }) => `${file}: ${name} is valid`)].join('\n'),
  )
  if (problems.length > 0) process.exitCode = 1
}
