import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { destinationPort } from '../../app/demo/prepare.ts'
import { shapes } from '../contracts/shapes.ts'
import { contoursOf, dicomErrors, readDicom } from '../support/dicom.ts'
import { type HomeFolder, cacheContent, homeFolder } from '../support/homeFolder.ts'
import { occupied } from '../support/occupied.ts'
import { processesNaming } from '../support/processesNaming.ts'
import { type Session, type as typed } from '../support/terminal.ts'
import { usualServices } from '../support/usualServices.ts'

/** Where the SCP listens when nobody says otherwise. */
const usualPort = 11112
let home: HomeFolder
let session: Session | undefined
beforeAll(async () => {
  home = await homeFolder()
})
afterEach(() => session?.kill())
afterAll(() => home?.remove())

/** As for a user, whose flows/ is applied. */
const environment = (): Readonly<Record<string, string>> => ({
  ...home.environment,
  RADDEPLOY_FLOWS: 'flows',
})
const start = (...args: string[]): Session => (session = typed(['npm', 'start', ...args], environment()))
const ask = async (...args: string[]): Promise<unknown> => {
  const asking = typed(['npx', 'raddeploy', ...args, '--json'], home.environment)
  expect(await asking.ended(), asking.said()).toBe(0)
  return JSON.parse(asking.said())
}

/** The way of a study in the timeline, one line an event with its place on the log. */
const way = [
  ...['AssociationOpened', 'InstanceStored', 'AssociationClosed', 'BundleClosed', 'TriggerMatched'],
  ...['RunCreated', 'ModelQueued', 'ModelAssigned', 'ModelStarted', 'ModelFinished', 'RunFinished'],
  ...['DeliveryQueued', 'DeliveryAttempted', 'DeliveryFinished'],
]
const isShown = (said: string): void => {
  for (const event of way) expect(said).toMatch(new RegExp(`^\\w+/\\d+@\\d+ +[\\d:.]{12} +${event} `, 'm'))
}

/** The file that it names is an RTSTRUCT with contours of both structures. */
const isArrived = async (said: string): Promise<void> => {
  const [, path] = /^RTSTRUCT +(\S+) \(/m.exec(said) ?? []
  expect(path, said).toBeDefined()
  const file = await readFile(path!)
  expect(await dicomErrors(file)).toEqual([])
  const structures = readDicom(file)
  expect(structures['Modality']).toBe('RTSTRUCT')
  const contours = contoursOf(structures)
  for (const name of ['BODY', 'BONE']) expect(contours.get(name)?.length).toBeGreaterThan(0)
}

/** Nothing is left of it: no server, no container, no process that knows its folder. */
const isGone = async (): Promise<void> => expect(await processesNaming(home.path)).toEqual([])

describe('npm start', () => {
  let brought: readonly string[]

  test('--once brings an RTSTRUCT back from a head CT, shows each step on the log, and ends', async () => {
    const once = start('--', '--once')
    expect(await once.ended(180_000), once.said()).toBe(0)
    await isArrived(once.said())
    isShown(once.said())
    expect(once.said()).not.toContain('earlier run')
    await isGone()
    brought = await cacheContent()
  })

  test('finds the history of before at its next start, and brings and builds nothing again', async () => {
    const once = start('--', '--once')
    expect(await once.ended(120_000), once.said()).toBe(0)
    await isArrived(once.said())
    expect(once.said()).toContain('1 earlier run is still there')
    expect(once.said()).toContain('ct-to-rtstruct unchanged')
    expect(once.said()).not.toMatch(/\b(bringing|building|assembling|installing|making)\b/)
    expect(await cacheContent()).toEqual(brought)
  })

  test('stays up until Ctrl-C, also where its usual ports are taken; then all its servers are gone', async () => {
    const letGo = await occupied([usualPort, destinationPort])
    onTestFinished(letGo)
    const staying = start()
    await staying.says(/Ctrl-C stops it/, 120_000)
    await isArrived(staying.said())
    const [status, list, flows] = await Promise.all([
      ask('status'),
      ask('runs', 'list'),
      ask('flows', 'list'),
    ])
    expect(shapes['flows list'].parse(flows).map((flow) => flow['name'])).toEqual([
      'cbct-to-synthetic-ct',
      'ct-to-rtstruct',
      'five-folds',
      'multimodal-randomised',
    ])
    const { endpoints, processors } = shapes.status.parse(status)
    expect(endpoints.scp.port).not.toBe(usualPort)
    expect(processors.map(({ name, state }) => [name, state])).toEqual(
      usualServices.map((name) => [name, 'running']),
    )
    expect(shapes['runs list'].parse(list).map((run) => [run['flowName'], run['status']])).toEqual(
      Array.from({ length: 3 }, () => ['ct-to-rtstruct', 'finished']),
    )
    staying.interrupt()
    expect(await staying.ended(), staying.said()).toBe(0)
    await isGone()
  })

  test('ends with all its servers where SIGTERM reaches npm alone', async () => {
    const staying = start()
    await staying.says(/processors +running/, 120_000)
    staying.signal('SIGTERM')
    await staying.ended()
    await isGone()
  })
})
