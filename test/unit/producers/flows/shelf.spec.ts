import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RadDeployError } from '../../../../core/error/error.ts'
import { type Fact, type Meta, type Recorded } from '../../../../core/event/event.ts'
import { published } from '../../../../core/event/publish.ts'
import { type KnownFlow, after } from '../../../../producers/flows/known.ts'
import { Shelf } from '../../../../producers/flows/shelf.ts'

let folder = ''
/** The log of flows, what is known of it to the shelf, and what the shelf has said. */
let log: Recorded[]
let known: Map<string, KnownFlow>
let said: { readonly level: string; readonly msg: string }[]
let failure: Error | undefined
let shelf: Shelf

const logger = pino(
  { base: null, timestamp: false, formatters: { level: (level) => ({ level }) } },
  {
    write: (line: string) => {
      const { level, msg } = JSON.parse(line) as { level: string; msg: string }
      said.push({ level, msg: msg.replaceAll(`${folder}/`, '') })
    },
  },
)
const record = (fact: Fact, cause?: Meta): Recorded => {
  const at = { topic: 'raddeploy.flows', partition: 0, offset: BigInt(log.length) }
  const now = new Date(0).toISOString()
  const recorded = { ...published(fact, { source: '/test', now, ...(cause && { cause }) }), at } as Recorded
  log.push(recorded)
  return recorded
}
const newShelf = (): Shelf =>
  new Shelf(
    folder,
    {
      emit: (fact, cause) => (failure ? Promise.reject(failure) : Promise.resolve(record(fact, cause))),
      user: 'physicist',
      logger,
    },
    () => known,
  )

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-shelf-'))
  ;[log, said, known, failure] = [[], [], new Map(), undefined]
  shelf = newShelf()
})
afterEach(() => rm(folder, { recursive: true }))

const flow = (name: string, version = '1'): string =>
  `name: ${name}\nversion: '${version}'\ntriggers: [{Modality: [CT]}]\n`
/** Writes files long ago, or removes them, lets the shelf hear of it, and gives what it has put on the log. */
const bring = async (files: Readonly<Record<string, string | null>>): Promise<readonly string[]> => {
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, file)
    if (text === null) await rm(path)
    else {
      await writeFile(path, text)
      await utimes(path, 0, 0)
    }
    shelf.heard(file)
  }
  const before = log.length
  await shelf.bring()
  return log.slice(before).map(({ type, stream, data }) => {
    const { version } = data as Recorded<'FlowDefined'>['data']
    return `${type} ${stream} ${version}`
  })
}
const errors = (): readonly string[] => said.filter(({ level }) => level === 'error').map(({ msg }) => msg)
const warnings = (): readonly string[] => said.filter(({ level }) => level === 'warn').map(({ msg }) => msg)

describe('what lies in the folder', () => {
  test('is applied, and again only where it was changed, also back to what it was', async () => {
    expect(await bring({ 'a.yaml': flow('a'), 'b.yaml': flow('b') })).toEqual([
      'FlowDefined a 1',
      'FlowDefined b 1',
    ])
    expect(log[0]!.data).toMatchObject({ file: 'a.yaml', source: flow('a'), appliedBy: 'physicist' })
    expect(await bring({ 'a.yaml': flow('a') })).toEqual([])
    expect(await bring({ 'a.yaml': `# a word\n${flow('a')}` })).toEqual([])
    expect(await bring({ 'a.yaml': flow('a', '2') })).toEqual(['FlowDefined a 2'])
    expect(await bring({ 'a.yaml': flow('a', '1') })).toEqual(['FlowDefined a 1'])
    expect(new Set(log.map(({ meta }) => meta.id)).size).toBe(log.length)
    expect(errors()).toEqual([])
  })

  test('is not applied again where it is in force already', async () => {
    await bring({ 'a.yaml': flow('a') })
    known.set('a', after(undefined, log[0]!))
    shelf = newShelf()
    expect(await bring({ 'a.yaml': flow('a') })).toEqual([])
  })

  test('waits until it is written', async () => {
    await writeFile(join(folder, 'a.yaml'), flow('a'))
    shelf.heard('a.yaml')
    expect(await shelf.bring()).toBe(true)
    expect(log).toEqual([])
    await utimes(join(folder, 'a.yaml'), 0, 0)
    expect(await shelf.bring()).toBe(false)
    expect(log).toHaveLength(1)
  })
})

describe('a file that is wrong', () => {
  test('is said once, with line, column and reason, and keeps no other from being applied', async () => {
    await bring({ 'a.yaml': flow('a') })
    expect(
      await bring({ 'a.yaml': 'nmae: a\npriority: 9\ntriggers: [{Modality: [CT]}]\n', 'b.yaml': flow('b') }),
    ).toEqual(['FlowDefined b 1'])
    const said = [
      'a.yaml:1:1: nmae: is not known; did you mean "name"?',
      'a.yaml:2:11: priority: is a number from 0 to 5',
    ]
    expect(errors()).toEqual(said)
    await bring({ 'c.yaml': flow('c') })
    expect(errors()).toEqual(said)
    expect(warnings()).toEqual([])
    expect(await bring({ 'a.yaml': flow('a', '2') })).toEqual(['FlowDefined a 2'])
  })

  test('because another has its name changes nothing, until one of them is gone', async () => {
    await bring({ 'a.yaml': flow('a') })
    expect(await bring({ 'a.yaml': flow('a', '2'), 'b.yaml': flow('a', '3') })).toEqual([])
    expect(errors()).toEqual([
      'a.yaml:1:1: name: "a" is the name of the flow in b.yaml, too; a flow is known by its name',
      'b.yaml:1:1: name: "a" is the name of the flow in a.yaml, too; a flow is known by its name',
    ])
    expect(await bring({ 'a.yaml': null })).toEqual(['FlowDefined a 3'])
    expect(warnings()).toEqual([])
  })

  test('because Kafka will never take it keeps no other from being applied, and is not tried again', async () => {
    failure = new RadDeployError('RD_EVENT_TOO_LARGE', 'too large', {})
    expect(await bring({ 'a.yaml': flow('a') })).toEqual([])
    expect(errors()).toEqual(['a cannot be applied'])
    failure = undefined
    expect(await bring({ 'b.yaml': flow('b') })).toEqual(['FlowDefined b 1'])
  })
})

describe('a file that is gone', () => {
  test('leaves its flow in force, and the log says how to retire it', async () => {
    await bring({ 'a.yaml': flow('a') })
    expect(await bring({ 'a.yaml': null })).toEqual([])
    expect(warnings()).toEqual(['a has no file any more; it stays in force until: flows retire a'])
  })

  test('under one name and there under another is no news', async () => {
    await bring({ 'a.yaml': flow('a') })
    // It goes before it comes.
    await rename(join(folder, 'a.yaml'), join(folder, 'b.yaml'))
    shelf.heard('a.yaml')
    await shelf.bring()
    shelf.heard('b.yaml')
    await shelf.bring()
    expect(log).toHaveLength(1)
    expect(warnings()).toEqual([])
  })
})

describe('a flow that was retired', () => {
  const retire = (): void => {
    const { hash } = log.at(-1)!.data as Recorded<'FlowDefined'>['data']
    const data = { name: 'a', hash, retiredBy: 'physicist', reason: null }
    const retired = record({ type: 'FlowRetired', stream: 'a', data })
    known.set('a', after(after(undefined, log.at(-2)!), retired))
  }
  beforeEach(async () => {
    await bring({ 'a.yaml': flow('a') })
    retire()
  })

  test('is not brought back by a start', async () => {
    shelf = newShelf()
    expect(await bring({ 'a.yaml': flow('a') })).toEqual([])
    expect(warnings()).toEqual(['a was retired and stays so until: flows apply a.yaml'])
  })

  test('is brought back by a changed file', async () => {
    shelf = newShelf()
    expect(await bring({ 'a.yaml': flow('a', '2') })).toEqual(['FlowDefined a 2'])
  })

  test('nor by what is done to other files', async () => {
    expect(await bring({ 'b.yaml': flow('b') })).toEqual(['FlowDefined b 1'])
  })

  test('is brought back by its file where that was gone meanwhile', async () => {
    await bring({ 'a.yaml': null })
    expect(await bring({ 'a.yaml': flow('a') })).toEqual(['FlowDefined a 1'])
  })
})

test('what Kafka could not take for now is tried again, as the files are then', async () => {
  failure = new RadDeployError('RD_KAFKA_UNAVAILABLE', 'away', {})
  await expect(bring({ 'a.yaml': flow('a') })).rejects.toMatchObject({ code: 'RD_KAFKA_UNAVAILABLE' })
  failure = undefined
  expect(await bring({ 'a.yaml': flow('a', '2') })).toEqual(['FlowDefined a 2'])
})
