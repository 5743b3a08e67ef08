import { expect, test } from 'vitest'
import { z } from 'zod'
import { shapes } from './shapes.ts'

test.each(Object.entries(shapes))('%s --json has the shape that was agreed', (name, shape) =>
  expect(
    `${JSON.stringify(z.toJSONSchema(shape, { unrepresentable: 'any' }), null, 2)}\n`,
  ).toMatchFileSnapshot(`shapes/${name.replace(' ', '-')}.json`),
)
