import { createHash } from 'node:crypto'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { type Fact, type Recorded } from '../../../../core/event/event.ts'
import { type Arrival, receive } from '../../../../producers/intake/store.ts'
import { an, recorded } from '../../../support/events.ts'
import { startFakeS3 } from '../../infra/s3/fakeS3.ts'
import { ct, datasetOf, element, explicit } from './dataset.ts'

const arrivalOf = (associationId: string, calling: string): Arrival => ({
  ...{ associationId, ordinal: 1, calledAeTitle: 'RADDEPLOY', cause: an.associationOpened().meta },
  ...{ calling: { aeTitle: calling, host: '10.0.0.1' }, sopClassUid: ct, sopInstanceUid: '1.2.3' },
  transferSyntaxUid: explicit,
})

/** Sends one data set under the same UID from several associations; what is then said to be stored. */
const stored = async (...sent: readonly { calling: string; dataset: Buffer }[]) => {
  const s3 = await startFakeS3()
  const said: Fact[] = []
  const emit = (fact: Fact): Promise<Recorded> => {
    said.push(fact)
    return Promise.resolve(recorded(fact))
  }
  const logger = pino({ level: 'silent' })
  const parts = { store: s3.store, emit, pseudonymKey: Buffer.alloc(32), logger }
  for (const [index, { calling, dataset }] of sent.entries()) {
    const sink = receive(parts, arrivalOf(`association-${index}`, calling))
    for (let at = 0; at < dataset.length; at += 1000) await sink.write(dataset.subarray(at, at + 1000))
    expect(await sink.end()).toEqual({ status: 0 })
  }
  const objects = new Map(s3.objects)
  await s3.close()
  return { objects, instances: said.map(({ data }) => data as Fact<'InstanceStored'>['data']) }
}

test('the data set has a hash of its own, the same whoever sent it, which is not that of the file', async () => {
  const dataset = datasetOf('1.2.3', 5000)
  const { objects, instances } = await stored({ calling: 'CT1', dataset }, { calling: 'ARCHIVE', dataset })
  const sha256 = createHash('sha256').update(dataset).digest('hex')
  expect(instances.map((one) => one.datasetSha256)).toEqual([sha256, sha256])
  expect(instances[0]!.object.sha256).not.toBe(instances[1]!.object.sha256)
  for (const { object, datasetOffset, datasetSha256 } of instances) {
    const file = objects.get(object.key)!
    expect(createHash('sha256').update(file).digest('hex')).toBe(object.sha256)
    expect(createHash('sha256').update(file.subarray(datasetOffset)).digest('hex')).toBe(datasetSha256)
  }
})

test('other content under the same UID has another hash, and is kept beside the first', async () => {
  const [one, other] = [datasetOf('1.2.3', 5000, 1), datasetOf('1.2.3', 5000, 2)]
  const { objects, instances } = await stored(
    { calling: 'CT1', dataset: one },
    { calling: 'CT1', dataset: other },
  )
  expect(new Set(instances.map((each) => each.datasetSha256)).size).toBe(2)
  expect(objects.size).toBe(2)
})

test('what stands where a UID or a code belongs, and is none, is not put on the log', async () => {
  const text = (group: number, number: number, vr: string, value: string): Buffer =>
    element(group, number, vr, Buffer.from(value.padEnd(value.length + (value.length % 2))))
  const named = [
    text(0x0008, 0x0060, 'LO', 'DOE^JOHN'),
    text(0x0020, 0x000d, 'LO', 'DOE^JOHN'),
    text(0x0020, 0x000e, 'UI', '1.2.840'),
    text(0x0020, 0x0052, 'PN', 'x'.repeat(300)),
  ]
  const dataset = datasetOf('1.2.3', 100, 0, ...named)
  const { instances } = await stored({ calling: 'CT1', dataset })
  expect(instances).toMatchObject([
    { modality: null, studyInstanceUid: null, seriesInstanceUid: '1.2.840', frameOfReferenceUid: null },
  ])
})
