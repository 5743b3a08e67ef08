import { setTimeout as sleep } from 'node:timers/promises'
import { attemptKey } from '../../../core/run/attempt.ts'
import { type ObjectStore } from '../../../infra/s3/store.ts'
import { type ModelRow } from '../../../projections/overview/rows.ts'
import { type Attempt, AttemptLog } from './attemptLog.ts'

/** A line that a model printed. */
export interface LoggedLine {
  readonly name: string | null
  readonly attempt: number
  readonly text: string
}

/** An attempt as far as its log is followed. */
export type Followed = Attempt & Pick<ModelRow, 'name'>

/** Each line that the models of a run print, as it comes, until the run is over or the signal is aborted. */
export async function* followLogs({
  look,
  store,
  signal,
  pauseMs = 500,
}: {
  /** How far the run is. */
  readonly look: () => Promise<{ readonly isOver: boolean; readonly models: readonly Followed[] }>
  readonly store: ObjectStore
  readonly signal: AbortSignal
  /** From one look to the next, in milliseconds. */
  readonly pauseMs?: number
}): AsyncGenerator<LoggedLine> {
  const logs = new Map<string, AttemptLog>()
  for (;;) {
    const { isOver, models } = await look()
    for (const model of models) {
      const { name, attempt } = model
      const log = logs.get(attemptKey(model)) ?? new AttemptLog(store)
      logs.set(attemptKey(model), log)
      for await (const text of log.lines(model)) {
        if (signal.aborted) return
        yield { name, attempt, text }
      }
      // it may still run: of a run that failed the other models go on
      if (isOver) for (const text of log.end()) yield { name, attempt, text }
    }
    if (isOver || signal.aborted) return
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}
