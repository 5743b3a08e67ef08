import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { RadDeployError } from '../../../core/error/error.ts'
import { type Recorded } from '../../../core/event/event.ts'
import { type Watching, watchFlows } from '../../../producers/flows/watch.ts'
import { commandFlow } from '../../../producers/flows/command.ts'
import { type System, startSystem } from '../../support/system.ts'
import { until } from '../../support/until.ts'

/** Writing, waiting until it has ended, and the log: seconds at most, also on a busy machine. */
const deadlineMs = 20_000
let system: System
let folder = ''
let watching: Watching | undefined
let said: string
beforeAll(async () => {
  system = await startSystem(inject('endpoints'), [], 'folder')
})
afterAll(() => system.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-flows-'))
  said = ''
})
afterEach(async () => {
  await watching?.stop()
  for (const name of ['a', 'b']) await system.retire(name)
  await rm(folder, { recursive: true })
})

const parts = () => ({ ...system.connections, emit: system.connections.emitAs('flows'), user: 'physicist' })
const start = async (): Promise<void> => {
  const logger = pino({}, { write: (line: string) => (said += line) })
  watching = await watchFlows(folder, { ...parts(), logger })
}
const stop = async (): Promise<void> => {
  await watching!.stop()
  watching = undefined
}
const says = (text: string): Promise<void> =>
  until(
    () => said.includes(text),
    () => `${text} in\n${said}`,
    deadlineMs,
  )
const flow = (name: string, version: string): string =>
  `name: ${name}\nversion: '${version}'\ntriggers: [{Modality: [XX]}]\n`
/** Versions are new in each test: all tests have one log. */
let versions = 0
const newVersion = (): string => `${Date.now()}-${(versions += 1)}`
const write = (file: string, text: string): Promise<void> => writeFile(join(folder, file), text)
const defined = (name: string, version: string): Promise<Recorded<'FlowDefined'>> =>
  system.event('FlowDefined', ({ data }) => data.name === name && data.version === version, deadlineMs)
const versionsOf = (name: string): readonly string[] =>
  system.events().flatMap(({ type, data }) => {
    if (type !== 'FlowDefined') return []
    const one = data as Recorded<'FlowDefined'>['data']
    return one.name === name ? [one.version] : []
  })

test('what is written there is in force soon, what is wrong leaves in force what was', async () => {
  const [first, second, third] = [newVersion(), newVersion(), newVersion()]
  await start()
  await write('a.yaml', flow('a', first))
  const { data } = await defined('a', first)
  expect(data).toMatchObject({ file: 'a.yaml', appliedBy: 'physicist', source: flow('a', first) })

  await write('a.yaml', flow('a', second))
  await defined('a', second)

  await write('a.yaml', `${flow('a', third)}colour: red\n`)
  await says(`${join(folder, 'a.yaml')}:4:1: colour: is not known`)
  // What comes later on the log shows that nothing of it came before.
  await mkdir(join(folder, 'more'))
  await write('more/flow.yaml', flow('b', first))
  await defined('b', first)
  expect(versionsOf('a').slice(-2)).toEqual([first, second])

  await write('a.yaml', flow('a', third))
  await defined('a', third)
})

test('what is there is applied at the start, and not again at the next', async () => {
  const [first, second] = [newVersion(), newVersion()]
  await Promise.all([write('a.yaml', flow('a', first)), write('b.yaml', flow('b', first))])
  await start()
  await Promise.all([defined('a', first), defined('b', first)])
  await stop()

  await start()
  await write('b.yaml', flow('b', second))
  await defined('b', second)
  expect(versionsOf('a').filter((version) => version === first)).toEqual([first])
  expect(versionsOf('b').slice(-2)).toEqual([first, second])
})

test('a file that is moved is the same flow; one that is removed stays in force until it is retired', async () => {
  const [first, second] = [newVersion(), newVersion()]
  await write('a.yaml', flow('a', first))
  await start()
  await defined('a', first)
  await rename(join(folder, 'a.yaml'), join(folder, 'moved.yaml'))
  await write('b.yaml', flow('b', first))
  await defined('b', first)
  expect(said).not.toContain('has no file any more')

  await rm(join(folder, 'moved.yaml'))
  await says('flows retire a')
  await commandFlow('retire', 'a', null, parts())
  await system.event('FlowRetired', ({ data }) => data.name === 'a', deadlineMs)
  await stop()

  // It is there again while nobody watches, and was retired as it is: a start does not undo that.
  await write('a.yaml', flow('a', first))
  await start()
  await says('a was retired and stays so')
  await write('a.yaml', flow('a', second))
  await defined('a', second)
  expect(versionsOf('a').slice(-2)).toEqual([first, second])
})

test('what the log cannot take for now is applied when it can, and the start does not wait for that', async () => {
  const version = newVersion()
  await write('a.yaml', flow('a', version))
  let isAway = true
  const { emit, ...others } = parts()
  watching = await watchFlows(folder, {
    ...others,
    logger: pino({}, { write: (line: string) => (said += line) }),
    emit: (...fact) =>
      isAway ? Promise.reject(new RadDeployError('RD_KAFKA_UNAVAILABLE', 'away', {})) : emit(...fact),
  })
  await says('cannot apply flows; trying again')
  isAway = false
  await defined('a', version)
})

test('the service watches the folder of its configuration', async () => {
  const version = newVersion()
  await write('a.yaml', flow('a', version))
  const other = await startSystem(inject('endpoints'), ['flows'], 'service', { flows: { folder } })
  try {
    expect((await defined('a', version)).meta.source).toBe('/raddeploy/flows/service')
  } finally {
    await other.stop()
  }
})

test('no folder is no reason not to run', async () => {
  watching = await watchFlows(undefined, { ...parts(), logger: pino({ level: 'silent' }) })
})
