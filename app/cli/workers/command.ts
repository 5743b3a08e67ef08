import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { type WorkerCommand, commandWorker } from '../../../producers/commands/index.ts'
import { type WorkerRow, findWorker, workerRow } from '../../../projections/workers/queries.ts'
import { type Connections, prepare } from '../../connect.ts'
import { print } from '../output.ts'
import { withConnections } from '../session.ts'

/** What `workers drain|resume --json` prints. */
export const commandedWorker = z.strictObject({
  workerId: z.string(),
  status: workerRow.shape.status,
  drained: z.boolean(),
  /** What it still runs. */
  slotsUsed: z.number().int(),
  changed: z.boolean(),
})
type CommandedWorker = z.output<typeof commandedWorker>

/** How long we wait to see it in the tables, in milliseconds; it is on the log in any case. */
const patienceMs = 15_000

/** Lets a worker have no more models, or have them again; what it runs goes on to its end. */
export const command = async (
  what: WorkerCommand,
  id: string,
  { reason, json }: { readonly reason?: string; readonly json?: true },
): Promise<void> =>
  withConnections(async (connections) => {
    const { workerId } = await findWorker(connections, id)
    await prepare(connections)
    const { config, emitAs } = connections
    const asking = { by: config.user, reason: reason ?? null, emit: emitAs('commands') }
    const changed = await commandWorker(what, workerId, { ...connections, ...asking })
    const { status, slotsUsed, drainedAt } = await seen(connections, workerId, what)
    const done = { workerId, status, drained: drainedAt !== null, slotsUsed, changed }
    print(json, done, () => commandedText(what, done))
  })

/** What has come of a command, in one line. */
export const commandedText = (what: WorkerCommand, done: CommandedWorker): string => {
  const { workerId, status, drained, slotsUsed, changed } = done
  if (drained !== (what === 'drain'))
    return `the ${what} of ${workerId} is on the log; the tables do not show it yet (raddeploy status)`
  const absent = status === 'silent' || status === 'left' ? ` (${status})` : ''
  if (!drained) return `${workerId}${absent} ${changed ? 'gets models again' : 'was not drained'}`
  const rest =
    slotsUsed === 0 ? 'runs nothing' : `still runs ${slotsUsed} ${slotsUsed === 1 ? 'model' : 'models'}`
  return `${workerId}${absent} is ${changed ? 'drained' : 'already drained'}, and ${rest}`
}

const seen = async (connections: Connections, workerId: string, what: WorkerCommand): Promise<WorkerRow> => {
  for (const until = performance.now() + patienceMs; ;) {
    const worker = await findWorker(connections, workerId)
    if ((worker.drainedAt !== null) === (what === 'drain') || performance.now() > until) return worker
    await pause(200)
  }
}
