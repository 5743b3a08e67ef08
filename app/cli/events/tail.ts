import { RadDeployError } from '../../../core/error/error.ts'
import { isEvent, type Decoded } from '../../../infra/kafka/codec.ts'
import { factsOf } from '../../facts.ts'
import { withConnections } from '../session.ts'

/** The last events of the log itself, oldest first; with `follow` the next ones, until Ctrl-C. */
export const tail = async (options: {
  readonly follow?: true
  readonly topic?: string
  readonly limit: string
  readonly json?: true
}): Promise<void> =>
  withConnections(async ({ source }) => {
    const limit = Number(options.limit)
    const all = await source.partitions()
    const bounds = options.topic ? all.filter(({ topic }) => topic === options.topic) : all
    if (bounds.length === 0)
      throw new RadDeployError('RD_NOT_FOUND', `there is no topic ${options.topic}`, { topic: options.topic })
    const from = bounds.map(({ topic, partition, low, high }) => {
      const start = high - BigInt(limit)
      return { topic, partition, offset: start < low ? low : start }
    })
    const open = new Map(bounds.map(({ topic, partition, high }) => [`${topic}/${partition}`, high]))
    for (const { topic, partition, offset } of from)
      if (offset >= open.get(`${topic}/${partition}`)!) open.delete(`${topic}/${partition}`)
    const done = new AbortController()
    process.once('SIGINT', () => done.abort())
    const last: Decoded[] = []
    let live = open.size === 0
    if (live && !options.follow) return
    for await (const batch of source.read(from, done.signal) as AsyncIterable<readonly Decoded[]>) {
      for (const record of batch) {
        if (live) {
          write(record, options.json)
          continue
        }
        last.push(record)
        const place = `${record.at.topic}/${record.at.partition}`
        if (record.at.offset + 1n >= (open.get(place) ?? 0n)) open.delete(place)
      }
      if (!live && open.size === 0) {
        live = true
        for (const record of last.sort(byTime).slice(-limit)) write(record, options.json)
        if (!options.follow) break
      }
    }
  })

const timeOf = (record: Decoded): string => ('meta' in record ? record.meta.time : '')
const byTime = (a: Decoded, b: Decoded): number =>
  timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0

const write = (record: Decoded, json: true | undefined): void => {
  const { topic, partition, offset } = record.at
  const position = `${topic.replace('raddeploy.', '')}/${partition}@${offset}`
  if (json) {
    const at = { topic, partition, offset: Number(offset) }
    const event = isEvent(record)
      ? { at, type: record.type, stream: record.stream, ...record.meta, data: record.data }
      : 'unknown' in record
        ? { at, type: record.unknown, stream: record.stream, ...record.meta }
        : { at, error: record.undecodable.message }
    process.stdout.write(`${JSON.stringify(event)}\n`)
  } else if (isEvent(record))
    process.stdout.write(
      `${position.padEnd(20)} ${record.meta.time}  ${record.type.padEnd(18)} ${factsOf(record.type, record.data)}\n`,
    )
  else
    process.stdout.write(
      `${position.padEnd(20)} ${'unknown' in record ? `${record.unknown} (not known to this version)` : record.undecodable.message}\n`,
    )
}
