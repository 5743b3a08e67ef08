import { RadDeployError } from '../../../core/error/error.ts'
import { findEvent } from '../../../projections/events/queries.ts'
import { type Connections } from '../../connect.ts'
import { print } from '../output.ts'
import { withConnections } from '../session.ts'

/** One event by its id or by its position topic/partition@offset. */
export const show = async (event: string, { json }: { readonly json?: true }): Promise<void> =>
  withConnections(async (connections) => {
    const [, topic, partition, offset] = /^(?:raddeploy\.)?([a-z-]+)\/(\d+)@(\d+)$/.exec(event) ?? []
    const found = topic
      ? await at(connections, `raddeploy.${topic}`, Number(partition), Number(offset))
      : await findEvent({ pool: connections.pool }, event)
    if (!found)
      throw new RadDeployError(
        'RD_NOT_FOUND',
        `there is no event ${event}; give its id or topic/partition@offset`,
        { event },
      )
    print(json, found, () => JSON.stringify(found, null, 2))
  })

/** Read from the log itself, so that it shows what the tables may not have yet. */
const at = async (
  { source }: Connections,
  topic: string,
  partition: number,
  offset: number,
): Promise<unknown> => {
  const bounds = (await source.partitions()).filter((one) => one.topic === topic)
  const wanted = bounds.find((one) => one.partition === partition)
  if (!wanted || BigInt(offset) < wanted.low || BigInt(offset) >= wanted.high) return undefined
  const done = new AbortController()
  const from = bounds.map((one) => ({
    topic,
    partition: one.partition,
    offset: one.partition === partition ? BigInt(offset) : one.high,
  }))
  for await (const batch of source.read(from, done.signal))
    for (const record of batch)
      if (record.at.partition === partition && record.at.offset >= BigInt(offset)) return record
  return undefined
}
