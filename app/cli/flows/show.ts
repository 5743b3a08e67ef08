import { findFlowVersion } from '../../../projections/flows/history.ts'
import { print } from '../output.ts'
import { withConnections } from '../session.ts'

/** One definition: for people byte for byte as it was applied, so that it can be applied again. */
export const show = async (nameOrHash: string, { json }: { readonly json?: true }): Promise<void> =>
  withConnections(async ({ pool }) => {
    const version = await findFlowVersion({ pool }, nameOrHash)
    if (json) print(json, version, () => version.source)
    else process.stdout.write(version.source)
  })
