import { listDestinations } from '../../../projections/deliveries/queries.ts'
import { type DestinationRow } from '../../../projections/deliveries/rows.ts'
import { print, table, when } from '../output.ts'
import { withConnections } from '../session.ts'

/** The destinations, and what waits for each. */
export const list = async ({ json }: { readonly json?: true }): Promise<void> =>
  withConnections(async ({ pool }) => {
    const destinations = await listDestinations({ pool })
    print(json, destinations, () => destinationsText(destinations))
  })

/** The destinations as people read them: what needs somebody comes first. */
export const destinationsText = (destinations: readonly DestinationRow[]): string =>
  table(
    destinations,
    [
      ['destination', ({ name }) => name],
      ['kind', ({ kind }) => kind],
      ['status', ({ pausedAt }) => (pausedAt === null ? 'open' : 'paused')],
      ['pending', ({ pending }) => pending],
      ['failed', ({ failed }) => failed],
      ['finished', ({ finished }) => finished],
      ['last success', ({ lastFinishedAt }) => when(lastFinishedAt)],
      ['last error', ({ lastErrorAt }) => when(lastErrorAt)],
      ['note', noteOf],
    ],
    'nothing was sent anywhere yet',
  )

/** Who paused it and why, and what went wrong there last, where nothing has gone well since. */
const noteOf = (row: DestinationRow): string => {
  const { pausedAt, pausedBy, pausedReason, lastError, lastErrorAt, lastFinishedAt } = row
  const isWrong = lastErrorAt !== null && (lastFinishedAt === null || lastErrorAt > lastFinishedAt)
  return [
    ...(pausedAt === null
      ? []
      : [`paused ${when(pausedAt)} by ${pausedBy}${pausedReason ? `: ${pausedReason}` : ''}`]),
    ...(isWrong && lastError ? [lastError] : []),
  ].join('; ')
}
