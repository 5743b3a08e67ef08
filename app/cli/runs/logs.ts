import { buffer } from 'node:stream/consumers'
import { showRun } from '../../../projections/overview/queries.ts'
import { print } from '../output.ts'
import { withConnections } from '../session.ts'

/** What the models of a run printed, in the order of the flow. */
export const logs = async (id: string, { json }: { readonly json?: true }): Promise<void> =>
  withConnections(async ({ pool, store }) => {
    const { models } = await showRun({ pool }, id)
    const found: { name: string | null; attempt: number; status: string; log: string | null }[] = []
    for (const { name, attempt, status, logKey } of models) {
      const log = logKey === null ? null : (await buffer(await store.get(logKey))).toString('utf8')
      found.push({ name, attempt, status, log })
    }
    print(json, found, () =>
      found
        .map(
          ({ name, attempt, status, log }) =>
            `== ${name}, attempt ${attempt}: ${status}\n${log ?? '(no log)'}`,
        )
        .join('\n'),
    )
  })
