import { z } from 'zod'
import { RadDeployError } from '../../../core/error/error.ts'
import { modelName } from '../../../core/flow/graph.ts'
import { type Flow } from '../../../core/flow/schema.ts'
import { type ObjectStore } from '../../../infra/s3/store.ts'
import { drained } from '../../../infra/stream/drained.ts'
import { type RunDetails, progressOf, showRun } from '../../../projections/overview/queries.ts'
import { type ModelRow } from '../../../projections/overview/rows.ts'
import { untilStopped } from '../../embedded.ts'
import { jsonOf, print } from '../output.ts'
import { withConnections } from '../session.ts'
import { statusOf } from './attempt.ts'
import { AttemptLog, wholeLog } from './attemptLog.ts'
import { type Followed, type LoggedLine, followLogs } from './followLogs.ts'
import { Waiting } from './waiting.ts'

/** What `runs logs --json` prints of each attempt. */
export const loggedModel = z.strictObject({
  name: z.string().nullable(),
  attempt: z.number().int(),
  status: z.string(),
  log: z.string().nullable(),
})
/** What `runs logs --follow --json` prints of each line. */
export const loggedLine = z.strictObject({
  name: z.string().nullable(),
  attempt: z.number().int(),
  text: z.string(),
})

/**
 * What the models of a run printed so far, in the order of the flow; with `follow` line by line as it comes,
 * until the run has ended. What it waits for meanwhile is said beside them, on stderr.
 */
export const logs = async (
  id: string,
  { json, follow, model }: { readonly json?: true; readonly follow?: true; readonly model?: string },
): Promise<void> =>
  withConnections(async ({ pool, store }) => {
    const details = await showRun({ pool }, id)
    const { runId } = details.run
    const names = namesOf(details)
    if (model !== undefined && !names.includes(model)) throw noModel(model, runId, names)
    const isWanted = ({ name }: Followed): boolean => model === undefined || name === model
    if (!follow) return printAll(details.models.filter(isWanted), { json, store })
    const done = new AbortController()
    void untilStopped().then(() => done.abort())
    const waiting = new Waiting(model)
    const look = async () => {
      const progress = await progressOf({ pool }, runId)
      const models = progress.models.filter(isWanted)
      const news = progress.isOver ? undefined : waiting.news(models)
      if (news !== undefined) process.stderr.write(`raddeploy: ${news}\n`)
      return { isOver: progress.isOver, models }
    }
    const textOf = json ? jsonOf : withName(model === undefined ? names : [])
    for await (const line of followLogs({ look, store, signal: done.signal }))
      if (!process.stdout.write(`${textOf(line)}\n`)) await drained(process.stdout)
  })

const noModel = (model: string, runId: string, names: readonly string[]): RadDeployError => {
  const message = `run ${runId} has no model ${model}; it has ${names.join(', ')}`
  return new RadDeployError('RD_NOT_FOUND', message, { runId, model })
}

/** The names of all models of a run, whether they have begun or not. */
const namesOf = ({ timeline }: RunDetails): readonly string[] => {
  const created = timeline.find(({ type }) => type === 'RunCreated')
  const definition = created?.payload?.['definition']
  if (typeof definition !== 'string') return []
  const flow = JSON.parse(definition) as Flow
  return flow.models.map((_, index) => modelName(flow, index))
}

/** A line behind the name of its model, where there are several. */
export const withName = (names: readonly string[]): ((line: LoggedLine) => string) => {
  if (names.length < 2) return ({ text }) => text
  const width = Math.max(...names.map(({ length }) => length))
  return ({ name, attempt, text }) => {
    const label = attempt > 1 ? `${name} (attempt ${attempt})` : String(name)
    return `${label.padEnd(width)} | ${text}`
  }
}

const printAll = async (
  models: readonly ModelRow[],
  { json, store }: { readonly json: true | undefined; readonly store: ObjectStore },
): Promise<void> => {
  const found: { readonly model: ModelRow; readonly log: string | null }[] = []
  for (const model of models) found.push({ model, log: await logOf(model, store) })
  const data = found.map(({ model: { name, attempt, status }, log }): z.output<typeof loggedModel> => ({
    name,
    attempt,
    status,
    log,
  }))
  print(json, data, () =>
    found
      .map(({ model, log }) => `${headOf(model)}\n${log ?? (model.endedAt ? '(no log)' : '(nothing yet)')}`)
      .join('\n'),
  )
}

const headOf = (model: ModelRow): string => {
  const { name, attempt } = model
  return `== ${name}${attempt > 0 ? `, attempt ${attempt}` : ''}: ${statusOf(model)}`
}

/** The whole log of an attempt, or else what can be seen of it; null where that is nothing. */
const logOf = async (attempt: Followed, store: ObjectStore): Promise<string | null> => {
  const whole = await wholeLog(attempt, store)
  if (whole) return whole.toString('utf8')
  const seen = new AttemptLog(store)
  let text = ''
  for await (const line of seen.lines(attempt)) text += `${line}\n`
  for (const line of seen.end()) text += `${line}\n`
  return text === '' ? null : text
}
