import { deflateRawSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import { part10 } from '../../../../app/demo/sampleData/part10.ts'
import { part10Header } from '../../../../core/dicom/part10.ts'
import { type Effect } from '../../../../core/decider/decider.ts'
import { type Fact, type Recorded } from '../../../../core/event/event.ts'
import { published } from '../../../../core/event/publish.ts'
import { scheduler } from '../../../../processors/scheduler/index.ts'
import { type SchedulerIn } from '../../../../processors/scheduler/state.ts'
import { type MountRef } from '../../../../schemas/generated/shared.ts'
import { an } from '../../../support/events.ts'
import { memoryStore } from '../../../support/memoryStore.ts'
import { job, runOf } from '../../../support/runs.ts'
import { spec } from '../../../support/spec.ts'

let s3: ReturnType<typeof memoryStore>
beforeEach(() => {
  s3 = memoryStore()
})

let made = 0
const dicom = (more: object): Buffer =>
  part10({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', SOPInstanceUID: `1.2.${(made += 1)}`, ...more })
const ct = (more: object = {}): Buffer => dicom({ Modality: 'CT', ...more })
const mr = (more: object = {}): Buffer => dicom({ Modality: 'MR', ...more })

/** A mount of these files in the object store. */
const mountOf = (name: string, contents: readonly Buffer[]): MountRef => {
  const files = contents.map((bytes, index) => ({
    path: `${index}`,
    object: s3.put(`${name}/${index}`, bytes),
  }))
  const manifest = s3.put(`${name}.json`, Buffer.from(JSON.stringify({ files })))
  return { name, manifest, files: files.length, bytes: 0 }
}

/** The effects that wait after these events, each run to its end by a scheduler of its own. */
const looked = async (...events: readonly Recorded[]): Promise<readonly Recorded[]> => {
  const { decider, run } = scheduler({ store: s3.store })
  const state = spec(decider)
    .given(...events)
    .state()
  const said: Recorded[] = []
  for (const effect of decider.pending!(state, undefined)) {
    const { signal } = new AbortController()
    for await (const fact of run!(effect as Effect<SchedulerIn>, { state, known: undefined, signal }))
      said.push(
        published(fact as Fact, {
          source: '/test',
          now: '',
          cause: effect.cause.meta,
        }) as Recorded<'ModelQueued'>,
      )
  }
  return said
}

/** What becomes of a model with this `when` on a received mount. */
const decided = async (when: readonly object[], ...contents: readonly Buffer[]): Promise<Recorded> => {
  const run = runOf(['src → dst', { when: { src: when } }])
  const [fact, ...others] = await looked(an.runCreated({ ...run.data, input: mountOf('src', contents) }))
  expect(others).toEqual([])
  return fact!
}
const reason = async (when: readonly object[], ...contents: readonly Buffer[]): Promise<string> => {
  const { type, data } = await decided(when, ...contents)
  return type === 'ModelSkipped' ? data.reason : type
}

describe('a model with a condition', () => {
  test('is queued with its inputs where a file meets it', async () => {
    const run = runOf(['src → dst', { when: { src: [{ Modality: ['^MR$'] }] }, timeout: 60 }])
    const input = mountOf('src', [ct(), mr()])
    expect(await looked(an.runCreated({ ...run.data, input }))).toMatchObject([
      {
        type: 'ModelQueued',
        stream: 'run-1',
        data: { jobId: job(0), attempt: 1, inputs: [input], notBefore: null, timeoutMs: 60_000 },
      },
    ])
    expect([...s3.objects.keys()].filter((key) => key.startsWith('runs/'))).toEqual([])
  })

  test('is skipped where none does: the reason counts, and a mount without files stands for its outputs', async () => {
    const fact = await decided([{ Modality: ['^MR$'] }], ct({ PatientName: 'DOE^JANE' }), ct())
    expect(fact).toMatchObject({
      type: 'ModelSkipped',
      stream: 'run-1',
      data: {
        ...{ runId: 'run-1', jobId: job(0), model: 0, name: 'm0', flowName: 'flow' },
        reason: 'no file of "src" meets trigger 1: Modality is met by 0 of 2',
        output: { manifest: { key: `runs/run-1/${job(0)}/skipped.json` }, files: 0, bytes: 0 },
      },
    })
    expect(JSON.stringify(fact.data)).not.toMatch(/CT|DOE/)
    expect(s3.objects.get(`runs/run-1/${job(0)}/skipped.json`)!.toString()).toBe('{"files":[]}')
  })

  test('wants each of its triggers met, by one file or by several', async () => {
    const triggers = [{ Modality: ['CT'] }, { Modality: ['MR'] }, { SeriesNumber: ['7'] }]
    expect(await reason(triggers, ct(), mr({ SeriesNumber: '7' }))).toBe('ModelQueued')
    expect(await reason(triggers, ct(), mr())).toBe(
      'no file of "src" meets trigger 3: SeriesNumber is met by 0 of 2 and absent in 2',
    )
  })

  test('wants all of one trigger met by one file', async () => {
    const trigger = { Modality: ['CT'], SeriesNumber: ['7'] }
    expect(await reason([trigger], ct({ SeriesNumber: '7' }))).toBe('ModelQueued')
    expect(await reason([trigger], ct(), mr({ SeriesNumber: '7' }))).toBe(
      'no file of "src" meets all of trigger 1 at once: Modality is met by 1 of 2; SeriesNumber is met by 1 of 2 and absent in 1',
    )
  })

  test('may name several mounts, outputs of other models among them', async () => {
    const when = { src: [{ Modality: ['CT'] }], mask: [{ Modality: ['SEG'] }] }
    const run = runOf('src → mask', ['src mask → dst', { when }])
    const after = (mask: readonly Buffer[]) =>
      looked(
        an.runCreated({ ...run.data, input: mountOf('src', [ct()]) }),
        an.modelFinished({ jobId: job(0), outputs: [mountOf('mask', mask)] }),
      )
    expect(await after([dicom({ Modality: 'SEG' })])).toMatchObject([{ type: 'ModelQueued' }])
    expect(await after([])).toMatchObject([
      { data: { reason: 'no file of "mask" meets trigger 1: Modality is met by 0 of 0' } },
    ])
  })
})

describe('a file', () => {
  const notCt = [{ Modality: ['~CT'] }]
  const magic = (transferSyntaxUid: string, dataset: Buffer): Buffer =>
    Buffer.concat([part10Header({ sopClassUid: '1', sopInstanceUid: '1', transferSyntaxUid }), dataset])

  test('that is no DICOM meets nothing, not even what must not match; it is counted apart', async () => {
    const broken = [
      Buffer.alloc(0),
      Buffer.from('{"dice": 0.9}'),
      Buffer.alloc(100_000, 'x'),
      magic('1.2.840.10008.1.2.1', Buffer.alloc(0)),
      magic('1.2.840.10008.1.2.1.99', Buffer.alloc(50, 0xff)),
    ]
    expect(await reason(notCt, ...broken, ct())).toBe(
      'no file of "src" meets trigger 1: Modality is met by 0 of 1; 5 of 6 are no DICOM',
    )
    expect(await reason(notCt, ...broken, mr())).toBe('ModelQueued')
  })

  test('is read no further than its header goes', async () => {
    const pixels = { PixelData: [new Uint8Array(300_000).buffer] }
    await decided([{ Modality: ['MR'] }], ct(pixels), mr({ TextValue: 'x'.repeat(100_000), ...pixels }))
    const read = (at: number) =>
      s3.ranges.filter(({ key }) => key === `src/${at}`).map(({ start, end }) => [start, end])
    expect(read(0)).toEqual([[0, 16_383]])
    expect(read(1)).toEqual([
      [0, 16_383],
      [16_384, 65_535],
      [65_536, 262_143],
    ])
  })

  test('that is deflated is inflated', async () => {
    const whole = mr()
    const dataset = whole.subarray(whole.indexOf(Buffer.from('08001600', 'hex')))
    const deflated = magic('1.2.840.10008.1.2.1.99', deflateRawSync(dataset))
    expect(await reason([{ Modality: ['MR'] }], deflated)).toBe('ModelQueued')
  })

  test('is not looked for once all is met', async () => {
    await decided([{ Modality: ['CT'] }], ...Array.from({ length: 100 }, () => ct()))
    expect(s3.ranges).toHaveLength(16)
  })

  test('that meets it may be the last of many', async () => {
    const many = Array.from({ length: 40 }, () => ct())
    expect(await reason([{ Modality: ['CT'] }, { Modality: ['MR'] }], ...many, mr())).toBe('ModelQueued')
    expect(await reason([{ Modality: ['MR'] }], ...many)).toMatch(/met by 0 of 40$/)
  })
})

describe('whoever looks', () => {
  test('says the same, under the same id: two schedulers at once, or one again after a crash', async () => {
    const runs = [[{ Modality: ['CT'] }], [{ Modality: ['MR'] }]].map((src) =>
      runOf(['src → dst', { when: { src } }]),
    )
    for (const { data } of runs) {
      const created = an.runCreated({ ...data, input: mountOf('src', [ct()]) })
      const [first] = await looked(created)
      const [second] = await looked(created)
      expect(first!.meta.causationId).toBe(created.meta.id)
      expect(second!.meta.id).toBe(first!.meta.id)
    }
  })

  test('says nothing while the object store is away, or lacks a file', async () => {
    const src = mountOf('src', [ct(), ct()])
    const { data } = runOf(['src → dst', { when: { src: [{ Modality: ['MR'] }] } }])
    const created = an.runCreated({ ...data, input: src })
    s3.objects.delete('src/1')
    await expect(looked(created)).rejects.toThrow(expect.objectContaining({ code: 'RD_NOT_FOUND' }) as Error)
    s3.goAway()
    await expect(looked(created)).rejects.toThrow(
      expect.objectContaining({ code: 'RD_S3_UNAVAILABLE' }) as Error,
    )
  })

  test('stops when it is told to', async () => {
    const { data } = runOf(['src → dst', { when: { src: [{ Modality: ['MR'] }] } }])
    const { decider, run } = scheduler({ store: s3.store })
    const state = spec(decider)
      .given(an.runCreated({ ...data, input: mountOf('src', [ct()]) }))
      .state()
    const [effect] = decider.pending!(state, undefined)
    const said = run!(effect as Effect<SchedulerIn>, { state, known: undefined, signal: AbortSignal.abort() })
    await expect(said[Symbol.asyncIterator]().next()).rejects.toThrow(/abort/)
    expect(s3.ranges).toEqual([])
  })
})
