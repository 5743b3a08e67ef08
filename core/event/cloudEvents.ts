import { z } from 'zod'
import { definitions } from '../../schemas/generated/definitions.ts'
import { type EventType, type Meta, type Published, isEventType } from './event.ts'

/**
 * Kafka headers of an event: the CloudEvents Kafka protocol binding 1.0.2 in binary content mode, plus
 * causation, correlation and W3C Trace Context.
 */
export const headersOf = ({ type, stream, meta }: Published): Record<string, string> => ({
  ce_specversion: '1.0',
  ce_id: meta.id,
  ce_type: fullName(type),
  ce_source: meta.source,
  ce_time: meta.time,
  ce_subject: stream,
  'content-type': 'application/vnd.confluent.avro',
  'causation-id': meta.causationId,
  'correlation-id': meta.correlationId,
  traceparent: meta.traceparent,
})

/** The full name of an event's Avro record, which is also its subject in the registry. */
export const fullName = (type: EventType): string => `${definitions[type].namespace}.${type}`

const headerSchema = z.object({
  ce_id: z.string().min(1),
  ce_type: z.string().min(1),
  ce_source: z.string(),
  ce_time: z.string().min(1),
  ce_subject: z.string(),
  'causation-id': z.string(),
  'correlation-id': z.string(),
  traceparent: z.string(),
})

/** What the headers of a record say; `type` is undefined where this version does not know it. */
export interface Envelope {
  readonly type: EventType | undefined
  readonly typeName: string
  readonly stream: string
  readonly meta: Meta
}

/** Reads the headers of a record; throws a ZodError that names what is missing. */
export const envelopeOf = (headers: Readonly<Record<string, string>>): Envelope => {
  const read = headerSchema.parse(headers)
  const typeName = read.ce_type.slice(read.ce_type.lastIndexOf('.') + 1)
  return {
    type: isEventType(typeName) && fullName(typeName) === read.ce_type ? typeName : undefined,
    typeName,
    stream: read.ce_subject,
    meta: {
      id: read.ce_id,
      time: read.ce_time,
      source: read.ce_source,
      causationId: read['causation-id'],
      correlationId: read['correlation-id'],
      traceparent: read.traceparent,
    },
  }
}
