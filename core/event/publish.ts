import { type Fact, type Meta, type Published } from './event.ts'
import { deterministicId, eventId, isUuid } from './id.ts'

/** W3C trace context: one trace for all that has one correlation, which may be any text (a flow's name). */
const traceparentOf = (correlationId: string, id: string): string => {
  const trace = isUuid(correlationId) ? correlationId : deterministicId('trace', correlationId)
  return `00-${trace.replaceAll('-', '')}-${id.replaceAll('-', '').slice(0, 16)}-01`
}

/**
 * Gives a fact its meta data. `cause` is the event that led to it; a fact from outside has none and
 * begins a correlation, by default its own stream. `now` is ISO 8601.
 */
export const published = (
  fact: Fact,
  context: {
    readonly source: string
    readonly now: string
    readonly cause?: Meta
    readonly correlationId?: string
  },
): Published => {
  const id = eventId(context.cause?.id ?? '', fact)
  const correlationId = context.cause?.correlationId ?? context.correlationId ?? fact.stream
  return {
    ...fact,
    meta: {
      id,
      time: context.now,
      source: context.source,
      causationId: context.cause?.id ?? id,
      correlationId,
      traceparent: traceparentOf(correlationId, id),
    },
  }
}
