import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Recorded } from '../../core/event/event.ts'
import { listAssociations } from '../../projections/overview/queries.ts'
import { type AssociationRow } from '../../projections/overview/rows.ts'
import { makeCopies } from '../support/copies.ts'
import { newUid } from '../support/dicomFiles.ts'
import { answersIn } from '../support/storescuOutput.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const studyUid = newUid()
const images = 12
const services = ['scp', 'collector', 'fingerprinter', 'scheduler', 'projector'] as const
const flow = 'holds-what-broke-off'
let folder: string
let system: System

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-broken-off-'))
  system = await startSystem(inject('endpoints'), services, undefined, { scp: { idleSeconds: 2 } })
  await system.apply(`
name: ${flow}
triggers: [{ StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$'] }]
`)
})
afterAll(async () => {
  await system?.retire(flow)
  await system?.stop()
  await rm(folder, { recursive: true, force: true })
})

const closedOf = async (calling: string): Promise<Recorded<'AssociationClosed'>> => {
  const { stream } = await system.event('AssociationOpened', ({ data }) => data.calling.aeTitle === calling)
  return system.event('AssociationClosed', (one) => one.stream === stream)
}

/**
 * Sends with dcmtk's storescu, which gets a signal once it has read some answers. Gives how many it has read at last,
 * and the end of its association.
 */
const send = async (
  calling: string,
  below: string,
  options: readonly string[],
  cut?: { readonly after: number; readonly signal: NodeJS.Signals },
): Promise<{ readonly answers: number; readonly closed: Recorded<'AssociationClosed'> }> => {
  const args = ['-v', '-aet', calling, '-aec', 'RADDEPLOY', '+sd', ...options]
  const child = execa('storescu', [...args, '127.0.0.1', String(system.scpPort), below], {
    all: true,
    reject: false,
    env: { TCP_NODELAY: '1' },
  })
  let printed = ''
  child.all.on('data', (text: Buffer) => {
    printed += text.toString('latin1')
    if (cut && answersIn(printed).size >= cut.after) child.kill(cut.signal)
  })
  const closed = await closedOf(calling).finally(() => child.kill('SIGKILL'))
  await child
  return { answers: answersIn(printed).size, closed }
}

describe('what a sender breaks off is counted, held and shown, and runs nothing', () => {
  test.each([
    ['aborts after its last image', ['--abort'], undefined, 'aborted', 'by the peer'],
    ['is killed', [], { after: 4, signal: 'SIGKILL' }, 'lost', /./],
    ['falls silent', [], { after: 4, signal: 'SIGSTOP' }, 'lost', /nothing, or too little, came/],
  ] as const)('when storescu %s', async (what, options, cut, how, reason) => {
    const calling = what.toUpperCase().slice(0, 12).trim()
    const copies = await makeCopies(join(folder, calling), { kind: 'ct', studyUid, side: 1024 }, images)
    const { answers, closed } = await send(calling, copies.folder, options, cut)
    const stored = system
      .events()
      .flatMap((one) => (one.type === 'InstanceStored' && one.stream === closed.stream ? [one.data] : []))
    expect(closed.data).toMatchObject({ how, stored: stored.length, refused: 0 })
    expect(closed.data.reason).toMatch(reason)
    expect(stored.length).toBeGreaterThanOrEqual(answers)
    if (cut) expect(stored.length).toBeLessThan(images)
    else expect(stored.length).toBe(images)
    for (const { sopInstanceUid, object, datasetOffset } of stored) {
      const kept = await system.connections.store.read(object)
      expect(kept.subarray(datasetOffset).equals(copies.datasets.get(sopInstanceUid)!)).toBe(true)
    }

    const bundle = await system.event('BundleClosed', ({ stream }) => stream === closed.stream)
    expect(bundle.data).toMatchObject({
      ...{ complete: false, instances: stored.length, reason: `association ${how}` },
    })
    const held = await system.event('BundleUnmatched', ({ stream }) => stream === closed.stream)
    expect(held.data.reason).toBe(`incomplete: association ${how}`)
    expect(held.data.considered.find(({ flowName }) => flowName === flow)).toMatchObject({
      reason: 'it takes no bundle that is incomplete',
    })
    const shown = async (): Promise<AssociationRow | undefined> =>
      (await listAssociations(system.connections)).find(
        ({ associationId, bundleStatus }) => associationId === closed.stream && bundleStatus !== null,
      )
    await until(async () => (await shown()) !== undefined, 'the bundle in the tables')
    await until(
      async () => (await shown())?.bundleStatus === 'unmatched',
      'that it ran nothing, in the tables',
    )
    expect(await shown()).toMatchObject({ runs: 0 })
    const ran = system
      .events()
      .filter(({ type, stream }) => type === 'TriggerMatched' && stream === closed.stream)
    expect(ran).toEqual([])
  })
})
