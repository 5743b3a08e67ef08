import { type Recorded } from '../../core/event/event.ts'
import { type Column, table } from '../cli/output.ts'
import { factsOf } from '../facts.ts'
import { rankOf } from './outcome.ts'

const columns: readonly Column<Recorded>[] = [
  ['position', ({ at }) => `${at.topic.replace('raddeploy.', '')}/${at.partition}@${at.offset}`],
  ['time (UTC)', ({ meta }) => meta.time.slice(11, 23)],
  ['event', ({ type }) => type],
  ['facts', ({ type, data }) => factsOf(type, data)],
]

/**
 * The history of one study as a table: each event once, by time, and within one millisecond what leads
 * before what follows; of many instances only the first and the last.
 */
export const timeline = (events: readonly Recorded[], width?: number): string => {
  const once = [...new Map(events.map((event) => [event.meta.id, event])).values()].sort(
    (a, b) => Date.parse(a.meta.time) - Date.parse(b.meta.time) || rankOf(a) - rankOf(b),
  )
  const stored = once.filter(({ type }) => type === 'InstanceStored')
  const left = new Set(stored.slice(1, -1).map(({ meta }) => meta.id))
  const lines = table(
    once.filter(({ meta }) => !left.has(meta.id)),
    columns,
    'no events',
    width,
  ).split('\n')
  const at = lines.findIndex((line) => line.includes('InstanceStored'))
  if (left.size > 0 && at >= 0) lines.splice(at + 1, 0, `… ${left.size} more InstanceStored …`)
  return lines.join('\n')
}
