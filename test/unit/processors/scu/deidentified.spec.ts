import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parsePart10 } from '../../../../core/dicom/part10.ts'
import { canonicalJson } from '../../../../core/event/id.ts'
import { type Destination } from '../../../../schemas/generated/shared.ts'
import { dataset, deidentifierOf, encodingOf, fileOf, names } from '../../../support/datasets.ts'
import { delivering, destinationIn } from '../../../support/delivering.ts'
import { startPeer } from '../../../support/peer.ts'

const explicit = encodingOf('explicit')
const instance = (sopInstanceUid: string, more: readonly { tag: number; vr: string; value: string }[] = []) =>
  fileOf(
    dataset(
      [
        names[0]!,
        { tag: 0x00080018, vr: 'UI', value: sopInstanceUid },
        { tag: 0x00100010, vr: 'PN', value: 'ROENTGEN^WILHELM' },
        { tag: 0x00100020, vr: 'LO', value: 'WUE-18451895-X' },
        ...more,
        { tag: 0x7fe00010, vr: 'OW', value: Buffer.alloc(100_000, 5) },
      ],
      explicit,
    ),
    'explicit',
  )
const burnedIn = [{ tag: 0x00280301, vr: 'CS', value: 'YES' }]

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-deidentified-'))
})
afterEach(() => rm(folder, { recursive: true }))

const written = async (): Promise<Record<string, Buffer>> => {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  )
  return Object.fromEntries(
    await Promise.all(
      files.map(async (one) => [one.name, await readFile(join(one.parentPath, one.name))] as const),
    ),
  )
}
const toFolder = (deidentify: string): Destination =>
  destinationIn(`{folder: ${folder}, deidentify: ${deidentify}}`)

describe('a destination that takes only what is de-identified', () => {
  test('gets files without a name in them, under names that tell nothing; the event says by which rules', async () => {
    const { attempt, delivery, resultsOf } = delivering({ folders: [folder] })
    const fact = await attempt(delivery(toFolder('true'), { 'ROENTGEN/1.2.3.dcm': instance('1.2.3') }))
    const files = Object.entries(await written())
    expect(files.length).toBe(1)
    const [name, content] = files[0]!
    expect(name).toBe(`${parsePart10(content).sopInstanceUid}.dcm`)
    expect(name).toMatch(/^2\.25\.\d+\.dcm$/)
    expect(content.includes('ROENTGEN')).toBe(false)
    expect(content.subarray(-100_000).every((byte) => byte === 5)).toBe(true)
    expect(fact.data).toMatchObject({ succeeded: 1, failed: 0, ruleSetHash: deidentifierOf(true).hash })
    expect(resultsOf(fact)).toMatchObject([{ id: 'ROENTGEN/1.2.3.dcm', outcome: 'success' }])
  })

  test('takes them for what they are when they are sent once more', async () => {
    const { attempt, delivery } = delivering({ folders: [folder] })
    const one = delivery(toFolder('true'), { 'a.dcm': instance('1.2.3') })
    await attempt(one)
    expect((await attempt(one)).data).toMatchObject({ succeeded: 1, failed: 0 })
  })

  test('gets nothing of what cannot be de-identified, and no attempt is made for it again', async () => {
    const { attempt, delivery, resultsOf } = delivering({ folders: [folder] })
    const files = {
      'a.dcm': instance('1.2.3'),
      'b.dcm': instance('1.2.4', burnedIn),
      'c.json': Buffer.from('{"PatientName": "ROENTGEN"}'),
    }
    const fact = await attempt(delivery(toFolder('true'), files))
    expect(Object.keys(await written()).length).toBe(1)
    expect(fact.data).toMatchObject({
      succeeded: 1,
      failed: 2,
      notAttempted: 0,
      code: 'RD_DEIDENTIFICATION_REFUSED',
    })
    const outcomes = resultsOf(fact).map(({ id, outcome }) => [id, outcome])
    expect(Object.fromEntries(outcomes)).toEqual({
      'a.dcm': 'success',
      'b.dcm': 'failure',
      'c.json': 'failure',
    })
  })

  test('gets nothing at all where its rules cannot be read', async () => {
    const { attempt, delivery } = delivering({ folders: [folder] })
    const destination = {
      ...toFolder('true'),
      options: canonicalJson({ deidentify: { profile: 'of 2031' } }),
    }
    const fact = await attempt(delivery(destination, { 'a.dcm': instance('1.2.3') }))
    expect(await written()).toEqual({})
    expect(fact.data).toMatchObject({ code: 'RD_CONFIG_INVALID', notAttempted: 1, succeeded: 0 })
  })

  test('is not taken in where the stored file was damaged', async () => {
    const { attempt, delivery, s3 } = delivering({ folders: [folder] })
    const one = delivery(toFolder('true'), { 'a.dcm': instance('1.2.3') })
    const stored = s3.objects.get('out/a.dcm')!
    const damaged = Buffer.from(stored)
    damaged[damaged.length - 1] = 6
    s3.objects.set('out/a.dcm', damaged)
    expect((await attempt(one)).data).toMatchObject({ code: 'RD_S3_CORRUPT', notAttempted: 1 })
    expect(await written()).toEqual({})
  })

  test('gets by C-STORE what its rules say, under the new UID', async () => {
    const peer = await startPeer({})
    try {
      const { attempt, delivery, resultsOf } = delivering()
      const tags = '{profile: none, tags: {PatientName: {set: ANON}, SOPInstanceUID: {pseudonym: true}}}'
      const to = destinationIn(
        `{host: 127.0.0.1, port: ${peer.port}, ae_title: ARCHIVE, deidentify: ${tags}}`,
      )
      const fact = await attempt(delivery(to, { 'a.dcm': instance('1.2.3') }))
      expect(fact.data).toMatchObject({ succeeded: 1, error: null })
      const { command, dataset: received } = peer.messages[0]!
      expect(command.AffectedSOPInstanceUID).toMatch(/^2\.25\./)
      expect(resultsOf(fact)).toMatchObject([{ sopInstanceUid: command.AffectedSOPInstanceUID }])
      expect(received!.includes('ANON')).toBe(true)
      expect(received!.includes('ROENTGEN')).toBe(false)
      expect(received!.includes('WUE-18451895-X')).toBe(true)
    } finally {
      await peer.close()
    }
  })
})
