import { expect, test } from 'vitest'
import { type Fact } from '../../../../core/event/event.ts'
import { published } from '../../../../core/event/publish.ts'

const context = { source: '/raddeploy/test', now: '2025-01-01T00:00:00.000Z' }
const traceparent = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/

const retired = (name: string): Fact => ({
  type: 'FlowRetired',
  stream: name,
  data: { name, hash: '', retiredBy: 'somebody', reason: null },
})

test('the trace of an association is its id', () => {
  const { meta } = published(retired('0d3adbee-0000-4000-8000-00000000cafe'), context)
  expect(meta.traceparent).toMatch(/^00-0d3adbee00004000800000000000cafe-[0-9a-f]{16}-01$/)
})

test('a stream that is no id has a valid trace, too, and one of its own', () => {
  const [one, other] = ['CT to RTSTRUCT', 'a'.repeat(200)].map(
    (name) => published(retired(name), context).meta.traceparent,
  )
  expect(one).toMatch(traceparent)
  expect(other).toMatch(traceparent)
  expect(one!.slice(3, 35)).not.toBe(other!.slice(3, 35))
})

test('what follows from an event is in its trace', () => {
  const cause = published(retired('a flow'), context).meta
  const { meta } = published(retired('another'), { ...context, cause })
  expect(meta.traceparent.slice(0, 35)).toBe(cause.traceparent.slice(0, 35))
  expect(meta.causationId).toBe(cause.id)
})
