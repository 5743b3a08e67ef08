import { expect, test } from 'vitest'
import { factsOf, telling } from '../../../app/facts.ts'
import { definitions } from '../../../schemas/generated/definitions.ts'
import { an } from '../../support/events.ts'

test('every event type has facts, and each is a field of its schema', () => {
  expect(Object.keys(telling).sort()).toEqual(Object.keys(definitions).sort())
  for (const [type, names] of Object.entries(telling)) {
    const fields = (definitions as Readonly<Record<string, { fields: readonly { name: string }[] }>>)[type]!
      .fields
    expect(fields.map(({ name }) => name)).toEqual(expect.arrayContaining([...names]))
  }
})

test('peers, mounts and digests are said as people say them', () => {
  const { data } = an.deliveryQueued()
  const { host, port, aeTitle } = data.destination
  expect(factsOf('DeliveryQueued', data)).toBe(`destination=${aeTitle}@${host}:${port} files=1`)
  expect(factsOf('ModelStarted', { attempt: 1, imageDigest: `sha256:${'ab'.repeat(32)}` })).toBe(
    'attempt=1 imageDigest=sha256:abababababab',
  )
})

test('what is not known says nothing', () => {
  expect(factsOf('Unheard', { a: 1 })).toBe('')
  expect(factsOf('RunCreated', null)).toBe('')
})
