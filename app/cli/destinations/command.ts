import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { type DestinationCommand, commandDestination } from '../../../producers/commands/index.ts'
import { findDestination } from '../../../projections/deliveries/queries.ts'
import { type DestinationRow } from '../../../projections/deliveries/rows.ts'
import { type Connections, prepare } from '../../connect.ts'
import { print } from '../output.ts'
import { withConnections } from '../session.ts'

/** What `destinations pause|resume --json` prints. */
export const commandedDestination = z.strictObject({
  name: z.string(),
  paused: z.boolean(),
  /** What waits for it. */
  pending: z.number().int(),
  changed: z.boolean(),
})
type CommandedDestination = z.output<typeof commandedDestination>

/** How long we wait to see it in the tables, in milliseconds; it is on the log in any case. */
const patienceMs = 15_000

/** Lets nothing be begun for a destination, or lets it have its deliveries again; what is being sent goes on. */
export const command = async (
  what: DestinationCommand,
  text: string,
  { reason, json }: { readonly reason?: string; readonly json?: true },
): Promise<void> =>
  withConnections(async (connections) => {
    const { name } = await findDestination(connections, text)
    await prepare(connections)
    const { config, emitAs } = connections
    const asking = { by: config.user, reason: reason ?? null, emit: emitAs('commands') }
    const changed = await commandDestination(what, name, { ...connections, ...asking })
    const { pausedAt, pending } = await seen(connections, name, what)
    const done = { name, paused: pausedAt !== null, pending, changed }
    print(json, done, () => commandedText(what, done))
  })

/** What has come of a command, in one line. */
export const commandedText = (what: DestinationCommand, done: CommandedDestination): string => {
  const { name, paused, pending, changed } = done
  if (paused !== (what === 'pause'))
    return `the ${what} of ${name} is on the log; the tables do not show it yet (raddeploy status)`
  const rest =
    pending === 1 ? '1 delivery waits for it' : `${pending === 0 ? 'no' : pending} deliveries wait for it`
  if (paused) return `${name} is ${changed ? 'paused' : 'already paused'}, and ${rest}`
  return `${name} ${changed ? 'gets deliveries again' : 'was not paused'}; ${rest}`
}

const seen = async (
  connections: Connections,
  name: string,
  what: DestinationCommand,
): Promise<DestinationRow> => {
  for (const until = performance.now() + patienceMs; ;) {
    const found = await findDestination(connections, name)
    if ((found.pausedAt !== null) === (what === 'pause') || performance.now() > until) return found
    await pause(200)
  }
}
