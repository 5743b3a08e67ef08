import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { destinationOf } from '../../../../core/delivery/destination.ts'
import { dockerKwargsSchema } from '../../../../core/flow/dockerKwargs.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { tlsKeys } from '../../../../core/flow/destinationTls.ts'
import { commitmentKeys, destinationKeys, flowKeys, modelKeys } from '../../../../core/flow/schema.ts'

const readme = readFileSync(new URL('../../../../flows/README.md', import.meta.url), 'utf8')

describe('flows/README.md', () => {
  test('explains a flow that is one', () => {
    const [example] = [...readme.matchAll(/```yaml\n(name:[^]*?)```/g)].map(([, text]) => text!)
    const { flow, problems } = parseFlow(example!, 'lung.yaml')
    expect(problems).toBeUndefined()
    expect(flow!.models.map(({ name }) => name)).toEqual(['lung', 'mask-to-rtstruct'])
  })

  test('shows destinations that are such, of every kind', () => {
    const [example] = [...readme.matchAll(/```yaml\n(destinations:[^]*?)```/g)].map(([, text]) => text!)
    const { flow, problems } = parseFlow(`triggers: [{ Modality: CT }]\n${example!}`, 'f.yaml')
    expect(problems).toBeUndefined()
    const kinds = flow!.destinations.map((one) => destinationOf(one).kind)
    expect(kinds.sort()).toEqual(['dimse', 'folder', 'http', 's3', 'stow-rs'])
  })

  const known = [...flowKeys, ...modelKeys, ...destinationKeys, ...commitmentKeys, ...tlsKeys]
  test.each([...new Set([...known, ...Object.keys(dockerKwargsSchema.shape)])])('names %s', (key) => {
    expect(readme).toContain(`\`${key}\``)
  })
})
