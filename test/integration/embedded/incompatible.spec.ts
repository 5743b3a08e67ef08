import { inject, describe, expect, test, vi } from 'vitest'
import { fullName } from '../../../core/event/cloudEvents.ts'
import { Codec } from '../../../infra/kafka/codec.ts'
import { definitions } from '../../../schemas/generated/definitions.ts'

const { registry } = inject('endpoints')
type Field = { name: string; type: unknown; doc?: string; default?: unknown }
const fieldsOf = (type: 'ModelFinished'): readonly Field[] => definitions[type].fields

/** The codec of a version that has other definitions of some events. */
const codecWith = async (changes: Readonly<Record<string, object>>): Promise<Codec> => {
  vi.resetModules()
  vi.doMock('../../../schemas/generated/definitions.ts', async (original) => {
    const real = await original<{ definitions: typeof definitions }>()
    return { ...real, definitions: { ...real.definitions, ...changes } }
  })
  const { Codec: Changed } = await import('../../../infra/kafka/codec.ts')
  vi.doUnmock('../../../schemas/generated/definitions.ts')
  return new Changed(registry.url)
}

test('the registry takes all our schemas, and the same ones again under the same ids', async () => {
  const ids = async (): Promise<unknown> => {
    await new Codec(registry.url).register()
    return (await fetch(`${registry.url}/subjects/${fullName('ModelFinished')}/versions/latest`)).json()
  }
  expect(await ids()).toEqual(await ids())
})

describe('the registry refuses a ModelFinished', () => {
  test.each<[string, readonly Field[]]>([
    [
      'with a new field that old records lack and that has no default',
      [...fieldsOf('ModelFinished'), { name: 'peakMemory', type: 'long' }],
    ],
    [
      'without a field that old readers need',
      fieldsOf('ModelFinished').filter(({ name }) => name !== 'exitCode'),
    ],
    [
      'of which a field has another type',
      fieldsOf('ModelFinished').map((field) =>
        field.name === 'durationMs' ? { ...field, type: 'string' } : field,
      ),
    ],
  ])('%s', async (_, fields) => {
    await new Codec(registry.url).register()
    const changed = await codecWith({ ModelFinished: { ...definitions.ModelFinished, fields } })
    await expect(changed.register()).rejects.toMatchObject({
      code: 'RD_SCHEMA_INCOMPATIBLE',
      facts: { subject: 'raddeploy.runs.ModelFinished' },
    })
  })
})

test('the registry would take one with a new field that has a default', async () => {
  await new Codec(registry.url).register()
  const fields = [...fieldsOf('ModelFinished'), { name: 'peakMemory', type: ['null', 'long'], default: null }]
  const subject = fullName('ModelFinished')
  const answer = await fetch(`${registry.url}/compatibility/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ schema: JSON.stringify({ ...definitions.ModelFinished, fields }) }),
  })
  expect(await answer.json()).toMatchObject({ is_compatible: true })
})

test('the registry compares with every version there was, not only with the last', async () => {
  const id = { name: 'id', type: 'string' }
  const version = (...more: readonly Field[]): Promise<Codec> =>
    codecWith({
      Proof: { type: 'record', name: 'Proof', namespace: 'raddeploy.runs', fields: [id, ...more] },
    })
  await (await version({ name: 'x', type: 'int', default: 0 })).register()
  await (await version()).register()
  // By itself it goes with the second: each has a default for what the other lacks.
  const third = await version({ name: 'x', type: 'string', default: '' })
  await expect(third.register()).rejects.toMatchObject({
    code: 'RD_SCHEMA_INCOMPATIBLE',
    facts: { subject: 'raddeploy.runs.Proof' },
  })
})
