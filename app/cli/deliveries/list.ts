import { type DeliveryRow } from '../../../projections/runtime/deliveryRow.ts'
import { listDeliveries } from '../../../projections/deliveries/queries.ts'
import { print, short, table, when } from '../output.ts'
import { withConnections } from '../session.ts'

/** The last deliveries. */
export const list = async (options: {
  readonly json?: true
  readonly status?: DeliveryRow['status']
  readonly destination?: string
  readonly limit: number
}): Promise<void> =>
  withConnections(async ({ pool }) => {
    const { json, ...filter } = options
    const deliveries = await listDeliveries({ pool }, filter)
    print(json, deliveries, () => deliveriesText(deliveries))
  })

/** The deliveries as people read them. */
export const deliveriesText = (deliveries: readonly DeliveryRow[]): string =>
  table(
    deliveries,
    [
      ['delivery', ({ deliveryId }) => short(deliveryId)],
      ['flow', ({ flowName }) => flowName],
      ['run', ({ runId }) => runId && short(runId)],
      ['to', ({ sendsTo }) => sendsTo],
      ['queued', ({ queuedAt }) => when(queuedAt)],
      ['sent', (row) => `${sentOf(row)}/${row.files ?? '-'}`],
      ['attempts', ({ attempts }) => attempts],
      ['status', ({ status }) => status],
      ['note', noteOf],
    ],
    'there is no such delivery',
  )

const because = (reason: string | null): string => (reason ? `: ${reason}` : '')

/** How many of its files arrived: what was taken with a warning did, too. */
export const sentOf = ({ succeeded, lastWarned }: DeliveryRow): number => succeeded + (lastWarned ?? 0)

/** Why a delivery is not finished, and who had a hand in it. */
export const noteOf = (row: DeliveryRow): string => {
  const { status, reason, lastError, pausedAt, redirectedAt } = row
  if (status === 'dropped') return `by ${row.droppedBy}${because(reason)}`
  return [
    ...(status === 'failed' ? [reason ?? 'given up'] : []),
    ...(status === 'pending' && pausedAt !== null
      ? [`paused ${when(pausedAt)} by ${row.pausedBy}${because(row.pausedReason)}`]
      : []),
    ...(status === 'pending' && lastError ? [lastError] : []),
    ...(redirectedAt === null ? [] : [`redirected from ${row.destination} by ${row.redirectedBy}`]),
  ].join('; ')
}
