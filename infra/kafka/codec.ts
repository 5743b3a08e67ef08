import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import avro from 'avsc'
import { type KafkaMessage } from 'kafkajs'
import { definitions } from '../../schemas/generated/definitions.ts'
import { envelopeOf, fullName, headersOf } from '../../core/event/cloudEvents.ts'
import { type EventType, type Position, type Published, type Recorded } from '../../core/event/event.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'

/** A record of a type that this version does not know: kept and counted, never fatal. */
export interface Unknown {
  readonly unknown: string
  readonly stream: string
  readonly meta: Recorded['meta']
  readonly at: Position
}
/** A record that is no event of ours. */
export interface Undecodable {
  readonly undecodable: RadDeployError
  readonly message: KafkaMessage
  readonly at: Position
}
/** What one record of a topic turns out to be. */
export type Decoded = Recorded | Unknown | Undecodable

/** True for an event of a type that this version knows. */
export const isEvent = (decoded: Decoded): decoded is Recorded => 'data' in decoded

/**
 * Events to records and back, through the schema registry: subject = full record name
 * (RecordNameStrategy), compatibility FULL_TRANSITIVE, Confluent wire format.
 */
export class Codec {
  readonly #registry: SchemaRegistry
  readonly #ids = new Map<EventType, number>()
  readonly #readers = new Map<EventType, avro.Type>()
  readonly #resolvers = new Map<string, unknown>()

  constructor(registryUrl: string) {
    for (const type of Object.keys(definitions) as EventType[])
      this.#readers.set(
        type,
        avro.Type.forSchema(structuredClone(definitions[type]) as unknown as avro.Schema),
      )
    this.#registry = new SchemaRegistry({
      host: registryUrl,
      retry: { retries: 8, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 5 },
    })
  }

  /**
   * Registers every schema of this version; RD_SCHEMA_INCOMPATIBLE where the registry refuses one,
   * RD_REGISTRY_UNAVAILABLE where it does not answer.
   */
  async register(): Promise<void> {
    for (const type of Object.keys(definitions) as EventType[]) {
      const schema = JSON.stringify(definitions[type])
      try {
        const { id } = await this.#registry.register(
          { type: SchemaType.AVRO, schema },
          { subject: fullName(type), compatibility: COMPATIBILITY.FULL_TRANSITIVE },
        )
        this.#ids.set(type, id)
      } catch (error) {
        throw hasAnswered(error, 409, 422)
          ? new RadDeployError(
              'RD_SCHEMA_INCOMPATIBLE',
              `the schema registry refused ${fullName(type)}: ${messageOf(error)}`,
              { subject: fullName(type) },
              error,
            )
          : unavailable(error)
      }
    }
  }

  /** The Kafka record of an event: its stream as key, its Avro bytes as value, its meta data as headers. */
  async encode(event: Published): Promise<{ key: string; value: Buffer; headers: Record<string, string> }> {
    const id = this.#ids.get(event.type)
    if (id === undefined) throw new Error(`schema of ${event.type} is not registered yet`)
    return {
      key: event.stream,
      value: await this.#registry.encode(id, event.data),
      headers: headersOf(event),
    }
  }

  /**
   * What a record is. Never throws for what is in the record; RD_REGISTRY_UNAVAILABLE where the registry, asked
   * for a schema that is new here, does not answer: then nothing is known of the record, and it is to be read again.
   */
  async decode(topic: string, partition: number, message: KafkaMessage): Promise<Decoded> {
    const at = { topic, partition, offset: BigInt(message.offset) }
    try {
      const headers = Object.fromEntries(
        Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
      )
      const { type, typeName, stream, meta } = envelopeOf(headers)
      if (type === undefined) return { unknown: typeName, stream, meta, at }
      if (message.value === null) throw new Error('the record has no value')
      const data = await this.#decodeValue(type, message.value)
      return { type, stream, data, meta, at } as Recorded
    } catch (error) {
      if (isRadDeployError(error, 'RD_REGISTRY_UNAVAILABLE')) throw error
      const undecodable = new RadDeployError(
        'RD_EVENT_UNDECODABLE',
        `record ${topic}/${partition}@${message.offset} cannot be decoded: ${messageOf(error).slice(0, 300)}`,
        { ...at, offset: String(at.offset) },
        error,
      )
      return { undecodable, message, at }
    }
  }

  /** Avro resolution from the writer's schema to today's; the resolver of each pair is built once. */
  async #decodeValue(type: EventType, value: Buffer): Promise<unknown> {
    if (value[0] !== 0) throw new Error('the value does not begin with the magic byte of the wire format')
    const id = value.readInt32BE(1)
    const reader = this.#readers.get(type)!
    const pair = `${type}/${id}`
    if (!this.#resolvers.has(pair)) {
      const writer = await this.#registry.getSchema(id).catch((error: unknown) => {
        throw hasAnswered(error, 404) ? error : unavailable(error)
      })
      this.#resolvers.set(pair, reader.createResolver(writer as unknown as avro.Type))
    }
    return reader.fromBuffer(value.subarray(5), this.#resolvers.get(pair) as avro.Resolver, true)
  }
}

/** The client gives a status to failures of the network, too: only these are answers of the registry. */
const hasAnswered = (error: unknown, ...statuses: readonly number[]): boolean =>
  statuses.includes((error as { readonly status?: number }).status ?? 0)

const unavailable = (error: unknown): RadDeployError =>
  new RadDeployError('RD_REGISTRY_UNAVAILABLE', `the schema registry: ${messageOf(error)}`, {}, error)
