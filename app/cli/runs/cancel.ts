import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { RadDeployError } from '../../../core/error/error.ts'
import { requestCancel } from '../../../producers/commands/index.ts'
import { showRun } from '../../../projections/overview/queries.ts'
import { type Connections, prepare } from '../../connect.ts'
import { print, short } from '../output.ts'
import { withConnections } from '../session.ts'

/** What `runs cancel --json` prints. */
export const cancelledRun = z.strictObject({
  runId: z.string(),
  status: z.enum(['created', 'running', 'cancelled']),
})
type CancelledRun = z.output<typeof cancelledRun>

/** How long we wait to see it cancelled, in milliseconds; it is asked for in any case. */
const patienceMs = 15_000

/** Ends a run now: its containers are killed and nothing of it is sent. RD_RUN_ENDED where it has ended before. */
export const cancel = async (
  id: string,
  { reason, json }: { readonly reason?: string; readonly json?: true },
): Promise<void> =>
  withConnections(async (connections) => {
    const { run } = await showRun(connections, id)
    if (isOver(run.status)) throw ended(run.runId, run.status)
    await prepare(connections)
    const { emitAs, config } = connections
    const by = config.user
    const asking = { by, reason: reason ?? null, correlationId: run.correlationId, emit: emitAs('commands') }
    await requestCancel(run.runId, asking)
    const done = await seen(connections, run.runId)
    print(json, done, () =>
      done.status === 'cancelled'
        ? `${short(run.runId)} is cancelled`
        : `the cancellation of ${short(run.runId)} is on the log; the scheduler has not answered yet (raddeploy status)`,
    )
  })

const isOver = (status: string): boolean => ['finished', 'failed', 'cancelled'].includes(status)

const ended = (runId: string, status: string): RadDeployError =>
  new RadDeployError('RD_RUN_ENDED', `run ${runId} has ended before: ${status}`, { runId, status })

const seen = async (connections: Connections, runId: string): Promise<CancelledRun> => {
  for (const until = performance.now() + patienceMs; ;) {
    const { status } = (await showRun(connections, runId)).run
    if (status === 'finished' || status === 'failed') throw ended(runId, status)
    if (status === 'cancelled' || performance.now() > until) return { runId, status }
    await pause(200)
  }
}
