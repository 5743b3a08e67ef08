import { statusText } from '../../../core/dicom/status.ts'
import { type DeliveryDetails, showDelivery } from '../../../projections/deliveries/queries.ts'
import { factsOf } from '../../facts.ts'
import { bytes, duration, print, table, when } from '../output.ts'
import { withConnections } from '../session.ts'
import { noteOf, sentOf } from './list.ts'
import { type InstanceResult, resultsOf } from './results.ts'

/** One delivery: every attempt, what became of each instance, and its history event by event. */
export const show = async (id: string, { json }: { readonly json?: true }): Promise<void> =>
  withConnections(async ({ pool, store }) => {
    const details = await showDelivery({ pool }, id)
    const { instances, unread } = await resultsOf(details.attempts, { store })
    print(json, { ...details, instances, unread }, () => text(details, instances, unread))
  })

const text = (
  { delivery, attempts, history }: DeliveryDetails,
  instances: readonly InstanceResult[],
  unread: string | null,
): string =>
  [
    `delivery   ${delivery.deliveryId}`,
    `flow       ${delivery.flowName}, run ${delivery.runId}`,
    `to         ${delivery.sendsTo} (${delivery.kind})`,
    `status     ${delivery.status}${noteOf(delivery) ? `: ${noteOf(delivery)}` : ''}`,
    `queued     ${when(delivery.queuedAt)}, took ${duration(delivery.durationMs)}`,
    `sent       ${sentOf(delivery)} of ${delivery.files} files, ${bytes(delivery.bytes ?? 0)}`,
    '',
    table(
      attempts,
      [
        ['attempt', ({ attempt }) => attempt],
        ['at', ({ attemptedAt }) => when(attemptedAt)],
        ['to', ({ destination }) => destination ?? delivery.destination],
        ['took', ({ durationMs }) => duration(durationMs)],
        ['sent', ({ succeeded }) => succeeded],
        ['warned', ({ warned }) => warned],
        ['refused', ({ failed }) => failed],
        ['not sent', ({ notAttempted }) => notAttempted],
        ['committed', ({ committed }) => committed],
        ['error', ({ errorCode, error }) => [errorCode, error].filter(Boolean).join(': ')],
      ],
      'no attempt was made yet',
    ),
    '',
    unread === null ? instancesText(instances) : `what became of each instance cannot be read: ${unread}`,
    '',
    table(
      history,
      [
        [
          'offset',
          ({ topic, partition, offset }) => `${topic.replace('raddeploy.', '')}/${partition}@${offset}`,
        ],
        ['time', ({ time }) => when(time)],
        ['event', ({ type }) => type],
        ['facts', ({ type, payload }) => factsOf(type, payload)],
      ],
      'no events',
    ),
  ].join('\n')

/** What became of each instance; those that are not acknowledged first. */
export const instancesText = (instances: readonly InstanceResult[]): string => {
  const rank = ({ outcome }: InstanceResult): number =>
    ['failure', 'notAttempted', 'warning', 'success'].indexOf(outcome)
  return table(
    [...instances].sort((a, b) => rank(a) - rank(b)),
    [
      ['instance', ({ id }) => id],
      ['outcome', ({ outcome }) => (outcome === 'notAttempted' ? 'not sent' : outcome)],
      ['status', ({ status }) => status && statusText(status)],
      ['comment', ({ comment }) => comment ?? ''],
    ],
    'nothing is known of its instances yet',
  )
}
