import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { dockerKwargsSchema } from '../../../../core/flow/dockerKwargs.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { flowKeys, modelKeys } from '../../../../core/flow/schema.ts'

const readme = readFileSync(new URL('../../../../flows/README.md', import.meta.url), 'utf8')

describe('flows/README.md', () => {
  test('explains a flow that is one', () => {
    const [example] = [...readme.matchAll(/```yaml\n(name:[^]*?)```/g)].map(([, text]) => text!)
    const { flow, problems } = parseFlow(example!, 'lung.yaml')
    expect(problems).toBeUndefined()
    expect(flow!.models.map(({ name }) => name)).toEqual(['lung', 'mask-to-rtstruct'])
  })

  test.each([...flowKeys, ...modelKeys, ...Object.keys(dockerKwargsSchema.shape)])('names %s', (key) => {
    expect(readme).toContain(`\`${key}\``)
  })
})
