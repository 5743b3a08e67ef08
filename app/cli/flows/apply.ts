import { flowError } from '../../../core/flow/problem.ts'
import { applyFlows } from '../../../producers/flows/apply.ts'
import { readFlows } from '../../../producers/flows/read.ts'
import { prepare } from '../../connect.ts'
import { print, short } from '../output.ts'
import { withConnections } from '../session.ts'

/** Puts flow files in force; nothing is applied where one has an error. */
export const apply = async (files: readonly string[], { json }: { readonly json?: true }): Promise<void> => {
  const read = await Promise.all(files.map(readFlows))
  const problems = read.flatMap((one) => one.problems)
  if (problems.length > 0) throw flowError(problems)
  await withConnections(async (connections) => {
    await prepare(connections)
    const applied = await applyFlows(
      read.flatMap((one) => one.flows),
      { ...connections, emit: connections.emitAs('flows'), user: connections.config.user },
    )
    print(json, applied, () =>
      applied
        .map(({ name, version, hash, change }) => `${name} ${version} (${short(hash)}): ${change}`)
        .join('\n'),
    )
  })
}
