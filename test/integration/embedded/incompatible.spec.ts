import { inject, describe, expect, test, vi } from 'vitest'
import { fullName } from '../../../core/event/cloudEvents.ts'
import { Codec } from '../../../infra/kafka/codec.ts'
import { definitions } from '../../../schemas/generated/definitions.ts'

const { registry } = inject('endpoints')
type Field = { name: string; type: unknown; doc?: string; default?: unknown }
const fieldsOf = (type: 'ModelFinished'): readonly Field[] => definitions[type].fields

/** The codec of a version whose ModelFinished has other fields. */
const codecWith = async (fields: readonly Field[]): Promise<Codec> => {
  vi.resetModules()
  vi.doMock('../../../schemas/generated/definitions.ts', async (original) => {
    const real = await original<{ definitions: typeof definitions }>()
    const changed = { ...real.definitions.ModelFinished, fields }
    return { ...real, definitions: { ...real.definitions, ModelFinished: changed } }
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
    await expect((await codecWith(fields)).register()).rejects.toMatchObject({
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
