import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseFlow } from '../../../core/flow/parse.ts'

const folder = join(import.meta.dirname, '../../../flows')
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'models')
  .map((entry) => entry.name)

test('the flows are the four use cases', () => {
  expect(names.sort()).toEqual([
    'cbct-to-synthetic-ct',
    'ct-to-rtstruct',
    'five-folds',
    'multimodal-randomised',
  ])
})

test.each(names)('%s is a valid flow file of that name, with images that are never pulled', (name) => {
  const parsed = parseFlow(readFileSync(join(folder, name, 'flow.yaml'), 'utf8'), `flows/${name}/flow.yaml`)
  expect(parsed.problems).toBeUndefined()
  expect(parsed.flow!.name).toBe(name)
  const models = readdirSync(join(folder, 'models'))
  for (const model of parsed.flow!.models) {
    expect(model.pull_before_exec).toBe(false)
    expect(models).toContain(/^raddeploy\/(.+):1\.0$/.exec(model.docker_kwargs.image)?.[1])
  }
})
