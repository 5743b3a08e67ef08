import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo } from 'node:net'
import { type Server, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import {
  type Sample,
  type SampleOptions,
  writeAdaptive,
  writeHeadCt,
  writeMultimodal,
} from '../../app/demo/sampleData/write.ts'
import { type Recorded } from '../../core/event/event.ts'
import { ensureBaseImage } from '../../infra/images/base.ts'
import { ensureModelImage } from '../../infra/images/model.ts'
import { contoursOf, dicomErrors, readDicom } from '../support/dicom.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { cacheDir, modelFolder } from '../support/sample.ts'
import { type System, startSystem } from '../support/system.ts'

const flowFile = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../../flows', name, 'flow.yaml'), 'utf8')

let system: System
let hospital: Hospital
let folder: string
let trial: Server
const randomisations: unknown[] = []
const applied: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-cases-'))
  // The drawn choice is told to a server of this host; five folds are to run at once, on whatever machine.
  const worker = { networks: ['none', 'host'], slots: 5 }
  system = await startSystem(inject('endpoints'), undefined, undefined, { worker })
  const { docker } = system.connections
  await ensureBaseImage(docker, { cacheDir })
  for (const name of ['ct-rtstruct', 'multimodal-randomised', 'cbct-to-synthetic-ct', 'five-folds'])
    await ensureModelImage(docker, modelFolder(name))
  trial = createServer((request, response) => {
    void json(request).then((body) => {
      randomisations.push(body)
      response.end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(trial, 'listening')
})
beforeEach(async () => {
  hospital = await hospitalOf(system)
  return () => hospital.close()
})
afterAll(async () => {
  await system.stop()
  trial.close()
  await rm(folder, { recursive: true, force: true })
})

/** Applies a flow with the ports of this test, and no other beside it. */
const only = async (name: string): Promise<void> => {
  for (const before of applied.splice(0)) await system.retire(before)
  const { port } = trial.address() as AddressInfo
  const yaml = (await flowFile(name))
    .replace('11113', String(hospital.destination.port))
    .replace('11180', String(port))
  await system.apply(yaml)
  applied.push(name)
}

const run = async (
  flow: string,
  write: (options: SampleOptions) => Promise<Sample>,
  description?: string,
) => {
  await only(flow)
  const sample = await write({
    outDir: join(folder, flow),
    cacheDir,
    studySalt: `${flow} ${process.pid}`,
    ...(description ? { studyDescription: description } : {}),
  })
  const calling = await hospital.send(sample.files)
  const runId = await hospital.delivered(calling, flow, 240_000)
  const inputs = await Promise.all(sample.files.map(async (file) => readDicom(await readFile(file))))
  const files = await hospital.files()
  for (const file of files) expect(await dicomErrors(file)).toEqual([])
  return { runId, inputs, outputs: files.map(readDicom) }
}

const referenced = (structures: ReturnType<typeof readDicom>): Set<unknown> =>
  new Set([...contoursOf(structures).values()].flat().map(({ image }) => image))

/** The starts and ends of the models of a run, by name, in the order of the log. */
const stepsOf = (runId: string): readonly string[] => {
  const names = new Map<string, string>()
  return system.events().flatMap(({ type, stream, data }) => {
    if (stream !== runId || !('jobId' in data) || data.jobId === null) return []
    if (type === 'ModelQueued') names.set(data.jobId, (data as Recorded<'ModelQueued'>['data']).name)
    const what = type === 'ModelStarted' ? 'starts' : type === 'ModelFinished' ? 'ends' : undefined
    return what ? [`${names.get(data.jobId)} ${what}`] : []
  })
}

describe("the paper's use cases", () => {
  test('CT → RTSTRUCT: BODY and BONE on the slices that were sent', async () => {
    const { inputs, outputs } = await run('ct-to-rtstruct', writeHeadCt)
    expect(outputs).toHaveLength(1)
    const slices = new Set(inputs.map(({ SOPInstanceUID }) => SOPInstanceUID))
    expect([...contoursOf(outputs[0]!).keys()].sort()).toEqual(['BODY', 'BONE'])
    for (const image of referenced(outputs[0]!)) expect(slices).toContain(image)
  })

  test('CT, PET, T1, T2 → registration → prediction → a drawn choice, told to the server of the trial', async () => {
    const { inputs, outputs } = await run('multimodal-randomised', writeMultimodal)
    expect(outputs).toHaveLength(1)
    expect(randomisations).toHaveLength(1)
    expect(randomisations[0]).toMatchObject({
      study: inputs[0]!['StudyInstanceUID'],
      structureSet: outputs[0]!['SOPInstanceUID'],
    })
    const { arm } = randomisations[0] as { arm: string }
    const contours = [...contoursOf(outputs[0]!).values()].flat().length
    expect({ arm, hasContours: contours > 0 }).toEqual({ arm, hasContours: arm !== 'empty' })
  })

  test('planning CT, CBCT and REG → a synthetic CT in the frame of the CBCT', async () => {
    const { inputs, outputs } = await run('cbct-to-synthetic-ct', writeAdaptive)
    const cbct = inputs.filter(
      ({ Modality, SeriesDescription }) => Modality === 'CT' && /cbct/i.test(String(SeriesDescription)),
    )
    expect(outputs).toHaveLength(cbct.length)
    expect(new Set(outputs.map((one) => one['FrameOfReferenceUID']))).toEqual(
      new Set(cbct.map((one) => one['FrameOfReferenceUID'])),
    )
    expect(new Set(outputs.map((one) => one['Modality']))).toEqual(new Set(['CT']))
    expect(new Set(outputs.map((one) => one['SOPInstanceUID'])).size).toBe(cbct.length)
  })

  test('registration, five folds side by side, one merge', async () => {
    const { runId, outputs } = await run('five-folds', writeMultimodal, 'Head ensemble')
    expect(outputs).toHaveLength(1)
    expect([...contoursOf(outputs[0]!).values()].flat().length).toBeGreaterThan(0)
    const steps = stepsOf(runId)
    const [first, second, ...others] = steps
    expect([first, second]).toEqual(['register starts', 'register ends'])
    expect(others.slice(-2)).toEqual(['merge starts', 'merge ends'])
    const folds = others.slice(0, -2)
    expect([...folds].sort()).toEqual(
      [0, 1, 2, 3, 4].flatMap((fold) => [`fold-${fold} ends`, `fold-${fold} starts`]),
    )
    const atOnce = folds.reduce<number[]>(
      (counts, step) => [...counts, (counts.at(-1) ?? 0) + (step.endsWith('starts') ? 1 : -1)],
      [],
    )
    expect(Math.max(...atOnce), folds.join(', ')).toBe(5)
  })
})
