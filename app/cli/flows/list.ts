import { listFlows } from '../../../projections/flows/queries.ts'
import { print, short, table, when } from '../output.ts'
import { withConnections } from '../session.ts'

/** The flows in force. */
export const list = async ({
  json,
  retired,
}: {
  readonly json?: true
  readonly retired?: true
}): Promise<void> =>
  withConnections(async ({ pool }) => {
    const flows = await listFlows({ pool }, { retired: retired ?? false })
    print(json, flows, () =>
      table(
        flows,
        [
          ['flow', ({ name }) => name],
          ['version', ({ version }) => version],
          ['status', ({ status }) => status],
          ['hash', ({ hash }) => short(hash)],
          ['applied', ({ definedAt }) => when(definedAt)],
          ['by', ({ appliedBy }) => appliedBy],
          ['file', ({ file }) => file],
        ],
        'no flow is in force; apply one with: raddeploy flows apply FILE',
      ),
    )
  })
