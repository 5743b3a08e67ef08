import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Recorded } from '../../core/event/event.ts'
import { echoscu, storescu } from '../support/dcmtk.ts'
import {
  type DicomFile,
  makeFile,
  newUid,
  readDicomFile,
  sopClasses,
  transferSyntaxes,
} from '../support/dicomFiles.ts'
import { Modality, ctContext, data, pdv, store, storeCommand } from '../support/modality.ts'
import { push } from '../support/push.ts'
import { type System, startSystem } from '../support/system.ts'

const studyUid = newUid()
let system: System
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sent-'))
  system = await startSystem(inject('endpoints'), ['scp', 'collector', 'fingerprinter', 'scheduler'])
  await system.apply(`
name: takes-everything-of-the-study
triggers:
  - StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$']
`)
})
afterAll(async () => {
  await system.retire('takes-everything-of-the-study')
  await system.stop()
  await rm(folder, { recursive: true })
})

type Instance = DicomFile & { readonly dataset: Buffer }
const instance = async (syntax: 'explicit' | 'implicit' = 'explicit'): Promise<Instance> =>
  readDicomFile((await makeFile(folder, { kind: 'ct', studyUid, syntax, side: 64 })).path)

let calls = 0
const newCaller = (): string => `CALLER${process.pid}-${(calls += 1)}`
/** How the association of a caller ended. */
const ending = async (calling: string): Promise<Recorded<'AssociationClosed'>> => {
  const opened = await system.event('AssociationOpened', (one) => one.data.calling.aeTitle === calling)
  return system.event('AssociationClosed', (one) => one.stream === opened.stream)
}

describe('an instance that cannot be read is refused with a reason, and the association goes on:', () => {
  const noise = Buffer.from('Lorem ipsum dolor sit amet, consectetur adipiscing elit. '.repeat(40))
  const cutIn = (of: string, from: (dataset: Buffer) => Buffer) => [of, from] as const
  const deflated = (dataset: Buffer): Instance => ({
    path: '',
    sopClassUid: sopClasses.ct,
    sopInstanceUid: newUid(),
    transferSyntaxUid: transferSyntaxes.deflated,
    dataset,
  })
  test.each([
    cutIn('cut in its header', (dataset) => dataset.subarray(0, 200)),
    cutIn('cut in its pixels', (dataset) => dataset.subarray(0, -1000)),
    cutIn('cut by its last byte', (dataset) => dataset.subarray(0, -1)),
    cutIn('empty', () => Buffer.alloc(0)),
    cutIn('no DICOM', () => noise),
  ])('one that is %s', async (_, spoil) => {
    const calling = newCaller()
    const [before, bad, after] = [await instance(), await instance(), await instance()]
    const results = await push({ port: system.scpPort, calling }, [
      before,
      { ...bad, dataset: spoil(bad.dataset) },
      after,
    ])
    expect(results.map(({ status }) => status)).toEqual([0, 0xc000, 0])
    expect(results[1]!.comment).toMatch(/^RD_DICOM_UNREADABLE: \S.{10}/)
    const closed = await ending(calling)
    expect(closed.data).toMatchObject({ how: 'released', stored: 2, refused: 1 })
    const refused = await system.event('InstanceRefused', (one) => one.stream === closed.stream)
    expect(refused.data).toMatchObject({
      sopInstanceUid: bad.sopInstanceUid,
      ordinal: 2,
      status: 0xc000,
      code: 'RD_DICOM_UNREADABLE',
    })
    const bundle = await system.event('BundleClosed', (one) => one.data.bundleId === closed.stream)
    expect(bundle.data).toMatchObject({ complete: true, instances: 2 })
  })

  test.each([
    ['is none', Buffer.from('this is not what zlib writes')],
    ['is cut', deflateRawSync(noise).subarray(0, 60)],
    ['holds no DICOM', deflateRawSync(noise)],
  ])('one whose deflated stream %s', async (_, dataset) => {
    const results = await push({ port: system.scpPort }, [deflated(dataset), await instance()])
    expect(results.map(({ status }) => status)).toEqual([0xc000, 0])
  })

  test('one that is not what the command says', async () => {
    const calling = newCaller()
    const [one, other, third] = [await instance(), await instance(), await instance()]
    const results = await push({ port: system.scpPort, calling }, [
      { ...one, sopInstanceUid: other.sopInstanceUid },
      { ...other, sopClassUid: sopClasses.mr },
      third,
    ])
    expect(results.map(({ status }) => status)).toEqual([0xa900, 0xa900, 0])
    expect(results[0]!.comment).toBe('RD_DICOM_MISMATCH: data set and command name different instances')
    expect((await ending(calling)).data).toMatchObject({ how: 'released', stored: 1, refused: 2 })
  })

  test('one in another transfer syntax than was agreed', async () => {
    const bad = await instance('implicit')
    const [result] = await push({ port: system.scpPort }, [
      { ...bad, transferSyntaxUid: transferSyntaxes.explicit },
    ])
    expect(result).toMatchObject({ status: 0 })
    const swapped = await instance('explicit')
    const results = await push({ port: system.scpPort }, [
      { ...swapped, transferSyntaxUid: transferSyntaxes.implicit },
      await instance(),
    ])
    expect(results.map(({ status }) => status)).toEqual([0xc000, 0])
  })
})

describe('a peer that calls somebody else', () => {
  test('is rejected with result 1, source 1, reason 7', async () => {
    const modality = await Modality.associate(system.scpPort, { called: 'SOMEBODYELSE' })
    expect(await modality.rest()).toEqual([{ type: 3, body: Buffer.from([0, 1, 1, 7]) }])
  })

  test('reads in dcmtk that its called AE title is not recognized', async () => {
    const { exitCode, output } = await echoscu(system.scpPort, 'SOMEBODYELSE')
    expect(exitCode).not.toBe(0)
    expect(output).toMatch(/Called AE Title Not Recognized/i)
  })
})

describe('a push that is broken off runs no flow, and that is said', () => {
  const explained = async (calling: string, how: string): Promise<void> => {
    const closed = await ending(calling)
    expect(closed.data).toMatchObject({ how, stored: 1, refused: 0 })
    const unmatched = await system.event('BundleUnmatched', (one) => one.stream === closed.stream)
    expect(unmatched.data.reason).toContain(`association ${how}`)
    const bundle = await system.event('BundleClosed', (one) => one.data.bundleId === closed.stream)
    expect(bundle.data.complete).toBe(false)
    const ran = system
      .events()
      .filter(({ type, stream }) => type === 'TriggerMatched' && stream === closed.stream)
    expect(ran).toEqual([])
  }

  test('when the client aborts', async () => {
    const calling = newCaller()
    const { path } = await makeFile(folder, { kind: 'ct', studyUid })
    await storescu({ port: system.scpPort, calling }, [path], ['--abort', '-R'])
    await explained(calling, 'aborted')
  })

  test('when the client dies in the middle of an instance', async () => {
    const calling = newCaller()
    const [whole, half] = [await instance(), await instance()]
    const modality = await Modality.associate(system.scpPort, { calling, contexts: [ctContext] })
    await modality.next()
    modality.send(store(1, whole.sopInstanceUid, whole.dataset))
    expect((await modality.response()).Status).toBe(0)
    modality.send(
      data(pdv(1, 3, storeCommand(2, half.sopInstanceUid)), pdv(1, 0, half.dataset.subarray(0, 500))),
    )
    modality.close()
    await explained(calling, 'lost')
  })

  test('and the next push of the same study runs', async () => {
    const calling = newCaller()
    const { path } = await makeFile(folder, { kind: 'ct', studyUid })
    expect((await storescu({ port: system.scpPort, calling }, [path])).exitCode).toBe(0)
    const closed = await ending(calling)
    await system.event('TriggerMatched', (one) => one.stream === closed.stream)
  })
})
