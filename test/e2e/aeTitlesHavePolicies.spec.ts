import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Recorded } from '../../core/event/event.ts'
import { listRefusals } from '../../projections/associations/queries.ts'
import { listAssociations } from '../../projections/overview/queries.ts'
import { shapes } from '../contracts/shapes.ts'
import { authority } from '../support/certificates.ts'
import { commandOn } from '../support/command.ts'
import { echoscu, storescu } from '../support/dcmtk.ts'
import { makeFile, newUid } from '../support/dicomFiles.ts'
import { Modality, releaseRequest } from '../support/modality.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const flows = ['policies-lung', 'policies-heart', 'policies-broken']
const [lung, heart, broken] = flows as [string, string, string]
let folder: string
let system: System
let withCertificate: readonly string[]
let withStrange: readonly string[]
let withoutCertificate: readonly string[]
let fingerprint: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-policies-'))
  const [ours, strangers] = [authority(folder), authority(folder, 'strangers')]
  const [server, client, strange] = [ours.sign('scp'), ours.sign('scanner'), strangers.sign('scanner')]
  withCertificate = ['+tls', client.key, client.cert, '+cf', ours.cert]
  withStrange = ['+tls', strange.key, strange.cert, '+cf', ours.cert]
  withoutCertificate = ['+tla', '+cf', ours.cert]
  fingerprint = client.fingerprint
  const services = ['scp', 'collector', 'fingerprinter', 'scheduler', 'projector'] as const
  system = await startSystem(inject('endpoints'), services, `policies-${process.pid}`, {
    scp: {
      tls: { key: server.key, cert: server.cert, ca: ours.cert },
      entities: [
        { aeTitle: 'OPEN' },
        { aeTitle: 'LUNG', flows: ['*-lung'] },
        { aeTitle: 'SECURE', tls: 'required' },
        { aeTitle: 'KNOWN', clientCertificate: true },
        {
          aeTitle: 'CTONLY',
          allow: [{ aeTitle: 'CT*', hosts: ['127.0.0.0/8'] }],
          refuse: [{ aeTitle: 'CT9' }],
        },
        { aeTitle: 'ELSEWHERE', allow: [{ hosts: ['10.0.0.0/8'] }] },
        { aeTitle: 'ONE', maxAssociations: 1 },
      ],
    },
  })
  for (const name of [lung, heart])
    await system.apply(`name: ${name}\ntriggers: [{ SeriesDescription: ['^POLICIES$'] }]\n`)
  await system.apply(
    `name: ${broken}\nbundle: { incomplete: run }\ntriggers: [{ SeriesDescription: ['^BROKEN'] }]\n`,
  )
})
afterAll(async () => {
  for (const name of flows) await system.retire(name)
  await system.stop()
  await rm(folder, { recursive: true })
})

const calling = (() => {
  let callers = 0
  return (): string => `CT${(callers += 1)}.${process.pid}`
})()
const refusalOf = (who: string): Promise<Recorded<'AssociationRefused'>> =>
  system.event('AssociationRefused', ({ data }) => data.calling.aeTitle === who)

describe('an association is rejected with its reason, and that is an event,', () => {
  test.each([
    ['that calls an AE title which is not ours', 'NOBODY', [], '1/1/7', /Called AE Title Not Recognized/],
    ['from a host that is not allowed', 'ELSEWHERE', [], '1/1/3', /Calling AE Title Not Recognized/],
    ['that is open where TLS is required', 'SECURE', [], '1/1/1', /No Reason/],
    ['without a certificate where one is required', 'KNOWN', 'without', '1/1/1', /No Reason/],
    ['with a certificate that nobody knows', 'KNOWN', 'strange', '1/1/1', /No Reason/],
  ] as const)('%s', async (_, called, by, numbers, said) => {
    const who = calling()
    const options = by === 'without' ? withoutCertificate : by === 'strange' ? withStrange : []
    const { exitCode, output } = await echoscu(system.scpPort, called, who, options)
    expect(exitCode, output).not.toBe(0)
    expect(output).toMatch(said)
    const { data } = await refusalOf(who)
    expect(`${data.result}/${data.source}/${data.diagnostic}`).toBe(numbers)
    expect(data).toMatchObject({ calledAeTitle: called, via: 'dimse', calling: { host: '127.0.0.1' } })
    expect(data.tls).toEqual(by.length === 0 ? null : 'TLSv1.3')
  })

  test('of a caller who is not allowed, or refused', async () => {
    for (const who of [`MR.${process.pid}`, 'CT9']) {
      const { output } = await echoscu(system.scpPort, 'CTONLY', who)
      expect(output).toMatch(/Calling AE Title Not Recognized/)
      expect((await refusalOf(who)).data.diagnostic).toBe(3)
    }
    expect((await echoscu(system.scpPort, 'CTONLY', calling())).exitCode).toBe(0)
  })

  test('when as many are open as may be', async () => {
    const first = await Modality.associate(system.scpPort, { called: 'ONE' })
    expect((await first.next())?.type).toBe(2)
    const who = calling()
    expect((await echoscu(system.scpPort, 'ONE', who)).output).toMatch(/Local Limit Exceeded/)
    expect((await refusalOf(who)).data).toMatchObject({ result: 2, source: 3, diagnostic: 2 })
    first.send(releaseRequest)
    await first.rest()
    expect((await echoscu(system.scpPort, 'ONE', calling())).exitCode).toBe(0)
  })

  test('and stands in the table of refusals', async () => {
    const who = calling()
    await echoscu(system.scpPort, 'NOBODY', who)
    const listed = async () =>
      (await listRefusals(system.connections)).filter(({ callingAe }) => callingAe === who)
    await until(async () => (await listed()).length > 0, 'the refusal in the tables')
    expect(await listed()).toMatchObject([
      { calledAe: 'NOBODY', diagnostic: 7, reason: 'there is no AE title NOBODY', via: 'dimse', tls: null },
    ])
  })
})

test('an instance that came by TLS says so, and whose certificate it came with', async () => {
  for (const [called, options, certificate] of [
    ['SECURE', withoutCertificate, null],
    ['KNOWN', withCertificate, fingerprint],
    ['OPEN', withCertificate, fingerprint],
  ] as const) {
    const who = calling()
    const file = await makeFile(join(folder, newUid()), { kind: 'ct' })
    const { exitCode, output } = await storescu(
      { port: system.scpPort, called, calling: who },
      [file.path],
      ['-xe', ...options],
    )
    expect(exitCode, output).toBe(0)
    const { data } = await system.event('AssociationOpened', (one) => one.data.calling.aeTitle === who)
    expect(data).toMatchObject({ tls: 'TLSv1.3', clientCertificate: certificate, flows: null })
    await system.event('InstanceStored', (one) => one.data.sopInstanceUid === file.sopInstanceUid)
  }
})

const push = async (called: string, series: string, options: readonly string[] = []) => {
  const who = calling()
  const file = await makeFile(join(folder, newUid()), { kind: 'ct', more: [`(0008,103e) LO [${series}]`] })
  await storescu({ port: system.scpPort, called, calling: who }, [file.path], ['-xe', ...options])
  return system.event('BundleClosed', ({ data }) => data.calling.aeTitle === who)
}
const matchesOf = (bundleId: string): readonly string[] =>
  system
    .events()
    .flatMap((event) =>
      event.type === 'TriggerMatched' && event.data.bundleId === bundleId ? [event.data.flowName] : [],
    )
    .sort()

test('what an AE title receives triggers only the flows that it is bound to', async () => {
  const open = await push('OPEN', 'POLICIES')
  const bound = await push('LUNG', 'POLICIES')
  await system.event('TriggerMatched', ({ data }) => data.bundleId === bound.data.bundleId)
  await system.event(
    'TriggerMatched',
    ({ data }) => data.bundleId === open.data.bundleId && data.flowName === lung,
  )
  await system.event(
    'TriggerMatched',
    ({ data }) => data.bundleId === open.data.bundleId && data.flowName === heart,
  )
  expect(matchesOf(bound.data.bundleId)).toEqual([lung])
  const other = await push('LUNG', 'BROKEN')
  const { data } = await system.event('BundleUnmatched', (one) => one.data.bundleId === other.data.bundleId)
  expect(data.considered.find(({ flowName }) => flowName === broken)).toMatchObject({
    trigger: -1,
    reason: 'AE title LUNG may not trigger it',
  })
})

test('of an association that broke off only the flows run that want it so, and the list says what became of it', async () => {
  const held = await push('OPEN', 'POLICIES', ['--abort'])
  const { data } = await system.event('BundleUnmatched', (one) => one.data.bundleId === held.data.bundleId)
  expect(data.reason).toMatch(/^incomplete: association aborted/)
  expect(data.considered.find(({ flowName }) => flowName === lung)?.reason).toBe(
    'it takes no bundle that is incomplete',
  )
  const taken = await push('OPEN', 'BROKEN', ['--abort'])
  expect(taken.data.complete).toBe(false)
  await system.event('RunCreated', ({ data: run }) => run.bundleId === taken.data.bundleId)
  expect(matchesOf(taken.data.bundleId)).toEqual([broken])
  const shown = async (bundleId: string) =>
    (await listAssociations(system.connections)).find((one) => one.bundleId === bundleId)
  await until(async () => (await shown(taken.data.bundleId))?.runs === 1, 'the run in the tables')
  expect(await shown(taken.data.bundleId)).toMatchObject({ bundleComplete: false, bundleStatus: 'matched' })
  expect(await shown(held.data.bundleId)).toMatchObject({
    ...{ status: 'aborted', bundleComplete: false, bundleStatus: 'unmatched', runs: 0 },
    unmatchedReason: expect.stringMatching(/^incomplete/) as unknown,
  })
})

test('the command line lists who sent what and who was refused', async () => {
  const call = await commandOn(system, folder)
  const printed = async (...options: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await call('associations', 'list', ...options)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    return stdout
  }
  const who = calling()
  await echoscu(system.scpPort, 'NOBODY', who)
  await until(async () => (await listRefusals(system.connections)).some(({ callingAe }) => callingAe === who))
  expect(await printed('--refused', '--limit', '1')).toMatch(
    new RegExp(`${who}@127\\.0\\.0\\.1 +NOBODY +dimse +1/1/7 +there is no AE title NOBODY$`),
  )
  expect(await printed()).toMatch(/ OPEN +dimse TLSv1\.3 +released +1 +0 +/)
  expect(shapes['associations list'].parse(JSON.parse(await printed('--limit', '2', '--json')))).toHaveLength(
    2,
  )
})
