import { type RunRow } from '../../../projections/overview/rows.ts'
import { listRuns } from '../../../projections/overview/queries.ts'
import { duration, print, short, table, when } from '../output.ts'
import { withConnections } from '../session.ts'

/** The last runs. */
export const list = async (options: {
  readonly json?: true
  readonly flow?: string
  readonly limit: number
}): Promise<void> =>
  withConnections(async ({ pool }) => {
    const runs = await listRuns(
      { pool },
      { limit: options.limit, ...(options.flow ? { flow: options.flow } : {}) },
    )
    print(options.json, runs, () =>
      table(
        runs,
        [
          ['run', ({ runId }) => short(runId)],
          ['flow', ({ flowName }) => flowName],
          ['from', ({ callingAe, callingHost }) => `${callingAe}@${callingHost}`],
          ['created', ({ createdAt }) => when(createdAt)],
          ['files', ({ inputFiles }) => inputFiles],
          ['status', ({ status }) => status],
          ['took', ({ durationMs }) => duration(durationMs)],
          ['delivery', ({ deliveryStatus }) => deliveryStatus],
          ['reason', (run) => run.reason ?? waitsFor(run)],
        ],
        'nothing ran yet',
      ),
    )
  })

/** A run that waits for a worker which is not there looks like any other that waits. */
const waitsFor = ({ status, jobsUnplaceable }: RunRow): string =>
  jobsUnplaceable > 0 && (status === 'created' || status === 'running')
    ? 'no worker can take a model of it (runs show)'
    : ''
