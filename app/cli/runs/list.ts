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
          ['reason', ({ reason }) => reason ?? ''],
        ],
        'nothing ran yet',
      ),
    )
  })
