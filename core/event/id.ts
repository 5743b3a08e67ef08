import { v5 } from 'uuid'
import { type Fact } from './event.ts'

const namespace = '6f9a1f0e-8a53-5d0b-9c39-0b6d9c1d7a55'

/** An id that is the same whenever the same words are given: for bundles, runs, jobs and deliveries. */
export const deterministicId = (...parts: readonly (string | number)[]): string =>
  v5(JSON.stringify(parts), namespace)

/** True for a UUID in small letters, as ids are written. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** JSON with the keys of every object in order, so that equal values give equal text. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return inner.toString()
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })

/**
 * The id of an event: of its cause, type, stream and data, never of the time. A decision that is
 * repeated says the same under the same id, and every reader ignores the repetition.
 */
export const eventId = (causationId: string, fact: Fact): string =>
  deterministicId(causationId, fact.type, fact.stream, canonicalJson(fact.data))
