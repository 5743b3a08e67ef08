import { flowError } from '../../../core/flow/problem.ts'
import { applyFlows } from '../../../producers/flows/apply.ts'
import { prepare } from '../../connect.ts'
import { print, short } from '../output.ts'
import { withConnections } from '../session.ts'
import { readAll } from './files.ts'

/** Puts flow files in force; nothing is applied where one has an error. */
export const apply = async (files: readonly string[], { json }: { readonly json?: true }): Promise<void> => {
  const { flows, problems } = await readAll(files)
  if (problems.length > 0) throw flowError(problems)
  await withConnections(async (connections) => {
    await prepare(connections)
    const parts = { ...connections, emit: connections.emitAs('flows'), user: connections.config.user }
    const applied = await applyFlows(flows, parts)
    print(json, applied, () =>
      applied
        .map(({ name, version, hash, change }) => `${name} ${version} (${short(hash)}): ${change}`)
        .join('\n'),
    )
  })
}
