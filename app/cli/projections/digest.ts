import { tableDigest } from '../../../projections/runtime/digest.ts'
import { print, table } from '../output.ts'
import { withConnections } from '../session.ts'

/** Rows and hash of every table. */
export const digest = async ({ json }: { readonly json?: true }): Promise<void> =>
  withConnections(async ({ pool }) => {
    const tables = await tableDigest(pool)
    print(json, tables, () =>
      table(
        Object.entries(tables),
        [
          ['table', ([name]) => name],
          ['rows', ([, { rows }]) => rows],
          ['hash', ([, { hash }]) => hash],
        ],
        'no tables yet',
      ),
    )
  })
