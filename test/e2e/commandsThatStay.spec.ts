import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { freePort } from '../../infra/embedded/ports.ts'
import { shapes } from '../contracts/shapes.ts'
import { type HomeFolder, homeFolder } from '../support/homeFolder.ts'
import { processesNaming } from '../support/processesNaming.ts'
import { type Session, type as typed } from '../support/terminal.ts'
import { usualServices } from '../support/usualServices.ts'

const program = join(import.meta.dirname, '../../app/raddeploy.mjs')
let home: HomeFolder
let sessions: Session[]
beforeEach(async () => {
  home = await homeFolder()
  sessions = []
})
afterEach(async () => {
  for (const session of sessions) session.kill()
  await home.remove()
})

/** Types `npx raddeploy …` in the folder of the repository. */
const npx = (...args: string[]): Session => {
  const session = typed(['npx', 'raddeploy', ...args], home.environment)
  sessions.push(session)
  return session
}
const answer = async (...args: string[]): Promise<unknown> => {
  const session = npx(...args, '--json')
  expect(await session.ended(), session.said()).toBe(0)
  return JSON.parse(session.said())
}
/** Presses Ctrl-C. Of npx nothing but its end is asked: between it and us is a shell, which dies of it itself. */
const ends = async (session: Session): Promise<void> => {
  session.interrupt()
  expect([0, 'SIGINT']).toContain(await session.ended())
  expect(await processesNaming(home.path)).toEqual([])
}

describe('a command that stays until Ctrl-C', () => {
  test('run stack: the servers without any service, and nobody else may start them', async () => {
    const stack = npx('run', 'stack')
    await stack.says(/^stack: running$/m, 180_000)
    const second = npx('up')
    expect(await second.ended()).toBe(1)
    expect(second.said()).toMatch(/^raddeploy: RD_ALREADY_RUNNING: [^\n]+\n$/m)
    expect(await answer('flows', 'apply', 'flows/five-folds')).toMatchObject([{ change: 'defined' }])
    const { processors } = shapes.status.parse(await answer('status'))
    expect(new Set(processors.map(({ state }) => state))).toEqual(new Set(['stopped']))
    await ends(stack)
  })

  test("up on servers of one's own, and events tail --follow, which tells what is applied meanwhile", async () => {
    const scp = { host: '127.0.0.1', port: await freePort() }
    const settings = { servers: inject('endpoints'), instance: 'up', scp }
    await writeFile(home.environment['RADDEPLOY_CONFIG']!, JSON.stringify(settings))
    const up = npx('up')
    await up.says(/^DICOM +RADDEPLOY@127\.0\.0\.1:\d+\n[\s\S]*Ctrl-C stops it/m, 120_000)
    const { processors } = shapes.status.parse(await answer('status'))
    expect(processors.map(({ name, state }) => [name, state])).toEqual(
      usualServices.map((name) => [name, 'running']),
    )
    const follow = ['--follow', '--topic', 'flows', '--limit', '1', '--json']
    const tail = typed([program, 'events', 'tail', ...follow], home.environment)
    sessions.push(tail)
    const file = join(home.path, 'flow.yaml')
    await writeFile(file, `name: followed\nversion: '${Date.now()}'\ntriggers: [{ Modality: [^XX$] }]\n`)
    const [applied] = shapes['flows apply'].parse(await answer('flows', 'apply', file))
    await tail.says(new RegExp(`"hash":"${applied!.hash}"`))
    tail.interrupt()
    expect(await tail.ended()).toBe(0)
    const lines = tail.said().trimEnd().split('\n')
    for (const line of lines) expect(shapes['events tail'].parse(JSON.parse(line))).toBeDefined()
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: 'FlowDefined', stream: 'followed' })
    await answer('flows', 'retire', 'followed')
    await ends(up)
    expect(up.said()).toMatch(/\nstopping\n$/)
  })
})

test('flows graph draws the models of a flow file, whether anything runs or not', async () => {
  const drawn = shapes['flows graph'].parse(await answer('flows', 'graph', 'flows/five-folds/flow.yaml'))
  expect(drawn.map(({ name }) => name)).toEqual(['five-folds'])
  for (const model of ['register', 'fold-4', 'merge']) expect(drawn[0]!.mermaid).toContain(model)
  expect(drawn[0]!.mermaid).toMatch(/^flowchart /)
})
