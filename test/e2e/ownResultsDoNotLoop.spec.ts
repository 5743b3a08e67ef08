import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Recorded } from '../../core/event/event.ts'
import { storescu } from '../support/dcmtk.ts'
import { makeFile, newUid } from '../support/dicomFiles.ts'
import { type System, startSystem } from '../support/system.ts'

let folder: string
let system: System
const services = ['scp', 'collector', 'fingerprinter', 'scheduler', 'scu'] as const

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-loops-'))
  system = await startSystem(inject('endpoints'), services, `loops-${process.pid}`, {
    scp: {
      entities: [
        { aeTitle: 'RADDEPLOY', flows: ['loop-*'] },
        { aeTitle: 'FIRST', flows: ['chain-a'] },
        { aeTitle: 'SECOND', flows: ['chain-b'] },
      ],
    },
  })
})
afterAll(async () => {
  await system.stop()
  await rm(folder, { recursive: true })
})

let pushes = 0
/** A study, and a flow that sends it on to an AE title of our own SCP. */
const sendsOn = async (name: string, to: string, study: string, ...more: readonly string[]): Promise<void> =>
  system.apply(`
name: ${name}
triggers: [{ StudyInstanceUID: ['^${study.replaceAll('.', '\\.')}$'] }]
destinations: [{ host: 127.0.0.1, port: ${system.scpPort}, ae_title: ${to} }]
${more.join('\n')}
`)
const imagesOf = async (studyUid: string): Promise<readonly string[]> => [
  (await makeFile(folder, { kind: 'ct', studyUid })).path,
  (await makeFile(folder, { kind: 'ct', studyUid })).path,
]
const push = async (
  paths: readonly string[],
  called: string,
  calling = `CT${(pushes += 1)}`,
): Promise<string> => {
  const pushed = await storescu({ port: system.scpPort, called, calling }, paths)
  expect(pushed.exitCode, pushed.output).toBe(0)
  return calling
}
const runs = (flow: string): readonly Recorded<'RunCreated'>[] =>
  (system.events() as readonly Recorded<'RunCreated'>[]).filter(
    ({ type, data }) => type === 'RunCreated' && data.flowName === flow,
  )
/** Waits until it is said of a flow that it left what came back to it. */
const left = (flow: string, nth = 1): Promise<Recorded<'BundleUnmatched'>> => {
  const seen = new Set<string>()
  return system.event('BundleUnmatched', ({ data, meta }) => {
    if (data.considered.some(({ flowName, reason }) => flowName === flow && /^its own results/.test(reason)))
      seen.add(meta.id)
    return seen.size === nth
  })
}

describe('what a flow sends to ourselves', () => {
  test('does not start it again, but the scanner may send it again', async () => {
    const study = newUid()
    const images = await imagesOf(study)
    await sendsOn('loop-once', 'RADDEPLOY', study)
    const scanner = await push(images, 'RADDEPLOY')
    const { data } = await left('loop-once')
    expect(data).toMatchObject({
      reason: 'no flow matches',
      // Flows of other tests may be in force, too.
      considered: expect.arrayContaining([
        expect.objectContaining({
          flowName: 'loop-once',
          trigger: -1,
          reason: 'its own results: they came back from RADDEPLOY@127.0.0.1',
        }),
      ]) as unknown,
    })
    expect(runs('loop-once').map((run) => run.data.lineage)).toEqual([[]])

    await push(images, 'RADDEPLOY', scanner)
    await left('loop-once', 2)
    expect(runs('loop-once')).toHaveLength(2)
    await system.retire('loop-once')
  })

  test('starts it again where it wants that', async () => {
    const study = newUid()
    await sendsOn('loop-on', 'RADDEPLOY', study, 'own_results: take')
    await push(await imagesOf(study), 'RADDEPLOY')
    await system.event('RunCreated', ({ data }) => data.flowName === 'loop-on' && data.lineage.length > 0)
    await system.retire('loop-on')
    expect(
      runs('loop-on')
        .slice(0, 2)
        .map((run) => run.data.lineage),
    ).toEqual([[], ['loop-on']])
    await system.event('BundleUnmatched', ({ data }) => /^no flow/.test(data.reason))
  })

  test('starts another one, which knows that; a circle of flows ends after one round', async () => {
    const study = newUid()
    await sendsOn('chain-a', 'SECOND', study)
    await sendsOn('chain-b', 'FIRST', study)
    await push(await imagesOf(study), 'FIRST')
    await left('chain-a')
    expect(runs('chain-a').map((run) => run.data.lineage)).toEqual([[]])
    expect(runs('chain-b').map((run) => run.data.lineage)).toEqual([['chain-a']])
    for (const name of ['chain-a', 'chain-b']) await system.retire(name)
  })
})
