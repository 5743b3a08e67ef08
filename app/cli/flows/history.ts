import { type FlowChange, flowHistory } from '../../../projections/flows/history.ts'
import { print, table, when } from '../output.ts'
import { withConnections } from '../session.ts'

/** All that happened to a flow, the newest first. */
export const history = async (name: string, { json }: { readonly json?: true }): Promise<void> =>
  withConnections(async ({ pool }) => {
    const changes = await flowHistory({ pool }, name)
    print(json, changes, () => historyText(changes))
  })

/** As much of a hash as `flows show` surely takes. */
const shownOfHash = 12

/** The history as people read it. */
export const historyText = (changes: readonly FlowChange[]): string =>
  table(
    changes,
    [
      ['when', ({ time }) => when(time)],
      ['what', ({ change }) => change],
      ['version', ({ version }) => version],
      ['hash', ({ hash }) => hash?.slice(0, shownOfHash)],
      ['by', ({ by }) => by],
      ['file', ({ file }) => file],
      ['reason', ({ reason }) => reason ?? ''],
    ],
    'nothing happened to it',
  )
