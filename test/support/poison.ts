import { randomUUID } from 'node:crypto'
import { type Kafka, Partitioners } from 'kafkajs'
import { published } from '../../core/event/publish.ts'
import { type Codec } from '../../infra/kafka/codec.ts'
import { topics } from '../../infra/kafka/topics.ts'

/** A record that is no event, and where it lies. */
export interface Poison {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly value: Buffer | null
  /** What its headers say it is; undefined where it has none. */
  readonly type: string | undefined
}

/** Nobody has registered as many schemas. */
const unknownSchema = 2_000_000_000

/** A good event's record; its value is what is spoilt. */
const goodRecord = (codec: Codec) => {
  const associationId = randomUUID()
  const data = { associationId, how: 'released', stored: 1, refused: 0, reason: null, durationMs: 1 } as const
  const context = { source: '/test', now: new Date().toISOString() }
  return codec.encode(published({ type: 'AssociationClosed', stream: associationId, data }, context))
}

/** Every way in which a record can be no event, on every topic that somebody reads and on every partition. */
export const poison = async (kafka: Kafka, codec: Codec): Promise<readonly Poison[]> => {
  const good = await goodRecord(codec)
  const otherSchema = Buffer.from(good.value)
  otherSchema.writeInt32BE(unknownSchema, 1)
  const values = [
    { value: Buffer.from('rubbish') },
    { value: null },
    { value: good.value.subarray(0, -3), headers: good.headers },
    { value: otherSchema, headers: good.headers },
  ]
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  try {
    const laid: Poison[] = []
    for (const { name: topic, partitions } of topics.filter(({ name }) => name !== 'raddeploy.dead-letters'))
      for (const [index, record] of values.entries()) {
        const partition = index % partitions
        const [sent] = await producer.send({ topic, messages: [{ key: 'poison', partition, ...record }] })
        const offset = Number(sent!.baseOffset)
        laid.push({ topic, partition, offset, value: record.value, type: record.headers?.['ce_type'] })
      }
    return laid
  } finally {
    await producer.disconnect()
  }
}
