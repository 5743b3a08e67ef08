import { RadDeployError } from '../../../core/error/error.ts'
import { type Decoded } from '../../../infra/kafka/codec.ts'
import { eventRow } from '../../../projections/runtime/eventRow.ts'
import { rowsOf } from '../../../projections/runtime/rows.ts'
import { type Connections } from '../../connect.ts'
import { jsonOf, print } from '../output.ts'
import { withConnections } from '../session.ts'
import { dataOf } from './record.ts'
import { topicNamed } from './tail.ts'

interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** A position as people write it, topic/partition@offset; undefined where it is none. */
export const placeOf = (text: string): Place | undefined => {
  const [, topic, partition, offset] = /^([a-z.-]+)\/(\d+)@(\d+)$/i.exec(text) ?? []
  return topic === undefined
    ? undefined
    : { topic: topicNamed(topic), partition: Number(partition), offset: BigInt(offset!) }
}

/** One event by its id (or the first letters of it), or by its position; always as it stands on the log. */
export const show = async (event: string, { json }: { readonly json?: true }): Promise<void> => {
  const named = placeOf(event)
  await withConnections(async (connections) => {
    const place = named ?? (await placeById(connections, event))
    const record = place && (await at(connections, place))
    if (!record)
      throw new RadDeployError(
        'RD_NOT_FOUND',
        `there is no event ${event}; give its id or topic/partition@offset`,
        { event },
      )
    print(json, dataOf(record), () => text(dataOf(record)))
  })
}

/** The fields of an event, one a line; what has fields itself as JSON below. */
const text = ({ at, data, ...rest }: ReturnType<typeof dataOf>): string => {
  const { topic, partition, offset } = at as Readonly<Record<string, unknown>>
  return [
    `${'position'.padEnd(15)}${String(topic)}/${String(partition)}@${String(offset)}`,
    ...Object.entries(rest).map(([name, value]) => `${name.padEnd(15)}${String(value)}`),
    ...(data === undefined ? [] : [jsonOf(data, 2)]),
  ].join('\n')
}

const placeById = async ({ pool }: Connections, id: string): Promise<Place | undefined> => {
  const [first, second] = await rowsOf(
    { pool },
    eventRow,
    (table) => `select * from ${table('events')} where starts_with(id, $1) order by id <> $1 limit 2`,
    [id],
  )
  if (second && first!.id !== id)
    throw new RadDeployError('RD_USAGE', `several events begin with ${id}; give more of the id`, { id })
  return first && { topic: first.topic, partition: first.partition, offset: BigInt(first.offset) }
}

const at = async (
  { source }: Connections,
  { topic, partition, offset }: Place,
): Promise<Decoded | undefined> => {
  const bounds = (await source.partitions()).filter((one) => one.topic === topic)
  const wanted = bounds.find((one) => one.partition === partition)
  if (!wanted || offset < wanted.low || offset >= wanted.high) return undefined
  const done = new AbortController()
  const from = bounds.map((one) => ({
    topic,
    partition: one.partition,
    offset: one.partition === partition ? offset : one.high,
  }))
  for await (const batch of source.read(from, done.signal) as AsyncIterable<readonly Decoded[]>)
    for (const record of batch)
      // What was compacted away is not there, though its offset was given.
      if (record.at.partition === partition && record.at.offset >= offset)
        return record.at.offset === offset ? record : undefined
  return undefined
}
