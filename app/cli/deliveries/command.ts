import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { RadDeployError } from '../../../core/error/error.ts'
import { nameOf } from '../../../core/delivery/destination.ts'
import { type DeliveryCommand, commandDeliveries } from '../../../producers/commands/index.ts'
import { findDelivery, listDeliveries, queuedAt } from '../../../projections/deliveries/queries.ts'
import { type DeliveryRow, deliveryRow } from '../../../projections/runtime/deliveryRow.ts'
import { type Connections, prepare } from '../../connect.ts'
import { print, short } from '../output.ts'
import { withConnections } from '../session.ts'
import { destinationNamed } from './place.ts'

/** What `deliveries retry|redirect|drop --json` prints of each delivery. */
export const commandedDelivery = z.strictObject({
  deliveryId: z.string(),
  status: deliveryRow.shape.status,
  /** Where it goes. */
  to: z.string().nullable(),
  /** False where it was finished before: then there was nothing to ask for. */
  asked: z.boolean(),
  /** True once the SCU has answered. */
  answered: z.boolean(),
})
type CommandedDelivery = z.output<typeof commandedDelivery>

/** How long we wait to see what the SCU says, in milliseconds; it is asked for in any case. */
const patienceMs = 15_000
/** How many deliveries one command may be about. */
const atOnce = 10_000

interface Options {
  readonly reason?: string
  readonly json?: true
}

/** Tries deliveries again at once, with their whole time before them: those of the ids, or those that failed. */
export const retry = async (
  ids: readonly string[],
  options: Options & { readonly failed?: true; readonly destination?: string },
): Promise<void> => {
  const { failed, destination } = options
  if (ids.length > 0 === (failed !== undefined) || (destination !== undefined && !failed))
    throw new RadDeployError(
      'RD_USAGE',
      'say which: ids, or --failed for all that failed, with --destination for those of one destination',
      { ids: ids.length },
    )
  await command(
    () => Promise.resolve({ do: 'retry' }),
    options,
    (connections) =>
      failed
        ? listDeliveries(connections, {
            status: 'failed',
            limit: atOnce,
            ...(destination === undefined ? {} : { destination }),
          })
        : found(connections, ids),
  )
}

/** Sends what is not acknowledged yet of a delivery elsewhere from now on. */
export const redirect = (id: string, options: Options & { readonly to: string }): Promise<void> =>
  command(
    async (connections) => ({ do: 'redirect', to: await destinationNamed(connections, options.to) }),
    options,
    (connections) => found(connections, [id]),
  )

/** Ends deliveries: what is not acknowledged yet is not sent. */
export const drop = (ids: readonly string[], options: Options): Promise<void> =>
  command(
    () => Promise.resolve({ do: 'drop' }),
    options,
    (connections) => found(connections, ids),
  )

const found = async (connections: Connections, ids: readonly string[]): Promise<readonly DeliveryRow[]> => {
  const rows = await Promise.all(ids.map((id) => findDelivery(connections, id)))
  return [...new Map(rows.map((row) => [row.deliveryId, row])).values()]
}

const command = (
  what: (connections: Connections) => Promise<DeliveryCommand>,
  { reason, json }: Options,
  which: (connections: Connections) => Promise<readonly DeliveryRow[]>,
): Promise<void> =>
  withConnections(async (connections) => {
    const before = await which(connections)
    const asking = await what(connections)
    await prepare(connections)
    const { config, emitAs } = connections
    const places = await queuedAt(
      connections,
      before.map(({ deliveryId }) => deliveryId),
    )
    const asked = await commandDeliveries(asking, places, {
      ...connections,
      ...{ by: config.user, reason: reason ?? null, emit: emitAs('commands') },
    })
    if (before.length === 1 && asked.length === 0) throw finished(before[0]!)
    const done = await seen(connections, before, asked, asking)
    print(json, done, () => commandedText(asking, done))
  })

const finished = ({ deliveryId }: DeliveryRow): RadDeployError =>
  new RadDeployError(
    'RD_DELIVERY_FINISHED',
    `delivery ${deliveryId} is finished: every instance has arrived`,
    {
      deliveryId,
    },
  )

/** True when the answer of the SCU to a command shows in the row. */
const shows = ({ do: what }: DeliveryCommand, before: DeliveryRow, now: DeliveryRow): boolean => {
  if (now.status === 'finished') return true
  switch (what) {
    case 'retry':
      return now.reopenedAt !== before.reopenedAt
    case 'redirect':
      return now.redirectedAt !== before.redirectedAt
    case 'drop':
      return now.status === 'dropped'
  }
}

const seen = async (
  connections: Connections,
  before: readonly DeliveryRow[],
  asked: readonly string[],
  what: DeliveryCommand,
): Promise<readonly CommandedDelivery[]> => {
  const wanted = new Set(asked)
  for (const until = performance.now() + patienceMs; ;) {
    const done: CommandedDelivery[] = []
    for (const row of before) {
      const now = await findDelivery(connections, row.deliveryId)
      const isAsked = wanted.has(row.deliveryId)
      const { deliveryId, status, sendsTo: to } = now
      done.push({ deliveryId, status, to, asked: isAsked, answered: isAsked && shows(what, row, now) })
    }
    if (done.every((one) => one.answered || !one.asked) || performance.now() > until) return done
    await pause(200)
  }
}

/** What has come of a command, a line for each delivery. */
export const commandedText = (what: DeliveryCommand, done: readonly CommandedDelivery[]): string =>
  done.map((one) => lineOf(what, one)).join('\n') || 'there is no such delivery'

const lineOf = (
  what: DeliveryCommand,
  { deliveryId, status, to, asked, answered }: CommandedDelivery,
): string => {
  const id = short(deliveryId)
  if (!asked || status === 'finished') return `${id} is finished: every instance has arrived`
  if (!answered)
    return `the ${what.do} of ${id} is on the log; the SCU has not answered yet (raddeploy status)`
  switch (what.do) {
    case 'retry':
      return `${id} is tried again now, to ${to}`
    case 'redirect':
      return `${id} goes to ${nameOf(what.to)} from now on`
    case 'drop':
      return `${id} is dropped: what has not arrived is not sent`
  }
}
