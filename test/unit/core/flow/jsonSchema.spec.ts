import { expect, test } from 'vitest'
import { flowJsonSchema } from '../../../../core/flow/jsonSchema.ts'

test('the published schema is that of the code (vitest -u writes it anew)', async () => {
  await expect(`${JSON.stringify(flowJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    '../../../../flows/flow.schema.json',
  )
})

interface Schema {
  readonly properties: Record<string, Schema>
  readonly items: Schema
  readonly additionalProperties: boolean
  readonly required?: readonly string[]
  readonly description?: string
}

test('an editor learns from it which keys there are, what they mean and which are wanted', () => {
  const schema = flowJsonSchema() as unknown as Schema
  expect(schema.required).toEqual(['triggers'])
  expect(schema.additionalProperties).toBe(false)
  const model = schema.properties['models']!.items
  expect(model.required).toEqual(['docker_kwargs'])
  expect(model.properties['docker_kwargs']!.required).toEqual(['image'])
  expect(Object.values(model.properties).filter(({ description }) => description === undefined)).toEqual([])
})
