import { format, resolveConfig } from 'prettier'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { shapes } from './shapes.ts'

test.each(Object.entries(shapes))('%s --json has the shape that was agreed', async (name, shape) => {
  const file = `shapes/${name.replace(' ', '-')}.json`
  const schema = JSON.stringify(z.toJSONSchema(shape, { unrepresentable: 'any' }))
  const style = await resolveConfig(import.meta.filename)
  await expect(await format(schema, { ...style, filepath: file })).toMatchFileSnapshot(file)
})
