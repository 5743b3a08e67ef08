import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { raddeploy } from '../../../../support/command.ts'

test('the schema that is printed is the one that lies beside the flows, and needs no server', async () => {
  const published = await readFile(join(import.meta.dirname, '../../../../../flows/flow.schema.json'), 'utf8')
  const { exitCode, stdout, stderr } = await raddeploy(['flows', 'schema'], { RADDEPLOY_HOME: '/nowhere' })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual(JSON.parse(published))
})
