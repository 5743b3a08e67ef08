import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { type Recorded } from '../../../core/event/event.ts'
import { RadDeployError } from '../../../core/error/error.ts'
import { key } from '../../../infra/s3/key.ts'
import { label } from '../../../processors/worker/executor/name.ts'
import { type Events } from '../../../schemas/generated/events.ts'
import { busyboxImage } from './busybox.ts'
import { Ward } from './ward.ts'

const { docker, s3 } = inject('endpoints')
const ward = new Ward(docker.socketPath, s3)
const { endpoint, region, accessKeyId, secretAccessKey } = s3
const client = new S3Client({
  endpoint,
  region,
  forcePathStyle: true,
  credentials: { accessKeyId, secretAccessKey },
})
beforeAll(async () => {
  await ward.store.ensureBucket()
  await busyboxImage(ward.docker, 'raddeploy-test/busybox:1')
  await busyboxImage(ward.docker, 'raddeploy-test/busybox:2', [], { different: 'yes' })
})
afterAll(async () => {
  client.destroy()
  expect(await ward.leftovers()).toEqual([])
  await ward.close()
})

interface Model {
  readonly script?: string
  readonly spec?: object
  readonly kwargs?: object
  readonly src?: Readonly<Record<string, string>>
}
/** A step that no other test does, with an output that shows whether it ran again. */
const step = (): Required<Model> => ({
  script: 'cp /input/* /output; cat /proc/sys/kernel/random/uuid > /output/ran',
  spec: { cache: true, config: { threshold: 200 } },
  kwargs: { environment: { STEP: randomUUID() } },
  src: { a: 'A', b: 'B' },
})
const assigned = (model: Model) => ward.assigned(model)

/** How often the engine created a container of an attempt, that which fills its volumes included. */
const containers = async ({ data }: Recorded<'ModelAssigned'>): Promise<number> => {
  const now = Date.now() / 1000
  const filters = { label: [`${label.job}=${data.jobId}`], event: ['create'] }
  const events = await ward.docker.getEvents({ since: Math.floor(now - 600), until: now, filters })
  let text = ''
  for await (const chunk of events as AsyncIterable<Buffer>) text += chunk.toString()
  return text.split('\n').filter((line) => line !== '').length
}

const ran = async (model: Model) => {
  const attempt = await assigned(model)
  const said = await ward.run(attempt)
  expect(said.map(({ type }) => type)).toEqual(['ModelStarted', 'ModelFinished'])
  const finished = said[1]!.data as Events['ModelFinished']
  expect(finished.stepHash).toMatch(/^[0-9a-f]{64}$/)
  expect(finished.reusedFrom).toBeNull()
  return { attempt, finished }
}

const reused = async (model: Model) => {
  const attempt = await assigned(model)
  const said = await ward.run(attempt)
  expect(said.map(({ type }) => type)).toEqual(['ModelFinished'])
  expect(await containers(attempt)).toBe(0)
  return { attempt, finished: said[0]!.data as Events['ModelFinished'] }
}

const forget = (objectKey: string) =>
  client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: objectKey }))

test('a step that was done before is not done again: its outputs are those of the earlier attempt', async () => {
  const model = step()
  const first = await ran(model)
  expect(await containers(first.attempt)).toBe(2)
  const { attempt, finished } = await reused(model)
  const { runId, jobId, attempt: number } = first.attempt.data
  expect(finished).toEqual({
    runId: attempt.data.runId,
    jobId: attempt.data.jobId,
    attempt: 1,
    workerId: 'worker-1',
    exitCode: 0,
    durationMs: 0,
    outputs: first.finished.outputs,
    log: null,
    stepHash: first.finished.stepHash,
    reusedFrom: { runId, jobId, attempt: number },
  })
  // a third names the first, which did it, not the second
  expect((await reused(model)).finished.reusedFrom).toEqual({ runId, jobId, attempt: number })
})

test('what nobody asked to keep is not kept, and its step is known all the same', async () => {
  const model = step()
  const without = { ...model, spec: { ...model.spec, cache: false } }
  const first = await ran(without)
  const second = await ran(model)
  expect(second.finished.stepHash).toBe(first.finished.stepHash)
  await ran(without)
})

describe('a step runs again', () => {
  test.each<[string, (model: Required<Model>) => Model]>([
    ['content of an input file', (model) => ({ ...model, src: { a: 'A', b: 'other' } })],
    ['name of an input file', (model) => ({ ...model, src: { a: 'A', c: 'B' } })],
    ['command', (model) => ({ ...model, script: `${model.script}; true` })],
    ['config', (model) => ({ ...model, spec: { cache: true, config: { threshold: 300 } } })],
    ['image', (model) => ({ ...model, kwargs: { ...model.kwargs, image: 'raddeploy-test/busybox:2' } })],
  ])('with another %s', async (_, changed) => {
    const model = step()
    const first = await ran(model)
    const second = await ran(changed(model))
    expect(second.finished.stepHash).not.toBe(first.finished.stepHash)
    await reused(changed(model))
    await reused(model)
  })

  test.each<[string, (finished: Events['ModelFinished']) => Promise<string>]>([
    [
      'a file of its output',
      async ({ outputs }) => {
        const { files } = JSON.parse((await ward.store.read(outputs[0]!.manifest)).toString()) as {
          files: { object: { key: string } }[]
        }
        return files.at(-1)!.object.key
      },
    ],
    ['the list of its output', ({ outputs }) => Promise.resolve(outputs[0]!.manifest.key)],
    ['what was kept of it', ({ stepHash }) => Promise.resolve(key.doneStep(stepHash!))],
  ])('where %s is gone', async (_, gone) => {
    const model = step()
    const first = await ran(model)
    await forget(await gone(first.finished))
    const second = await ran(model)
    expect(second.finished.stepHash).toBe(first.finished.stepHash)
    expect(second.finished.outputs).not.toEqual(first.finished.outputs)
  })

  test.each(['no JSON', '{"runId": "run-1"}', '{"runId":"r","jobId":"j","attempt":1,"outputs":[]}'])(
    'where what was kept of it is broken: %s',
    async (broken) => {
      const model = step()
      const first = await ran({ ...model, spec: { ...model.spec, cache: false } })
      await ward.store.put(key.doneStep(first.finished.stepHash!), Buffer.from(broken))
      const warned = ward.warnings.length
      await ran(model)
      expect(ward.warnings.slice(warned).join()).toContain(first.finished.stepHash)
    },
  )

  test('that failed', async () => {
    const model = { ...step(), script: 'exit 3' }
    await ward.failed(await assigned(model))
    expect(await ward.failed(await assigned(model))).toMatchObject({ kind: 'exit' })
  })
})

test('a store that cannot be asked or told what was done keeps no model from its end', async () => {
  const model = step()
  const warned = ward.warnings.length
  const { get, putJson } = ward.store
  const away = (name: string) => {
    if (name.startsWith('cache/')) throw new RadDeployError('RD_S3_UNAVAILABLE', 'the store is away', {})
  }
  ward.store.get = async (name, range) => (away(name), get.call(ward.store, name, range))
  ward.store.putJson = async (name, value) => (away(name), putJson.call(ward.store, name, value))
  onTestFinished(() => void Object.assign(ward.store, { get, putJson }))
  const said = await ward.run(await assigned(model), { patienceMs: 500 })
  expect(said.map(({ type }) => type)).toEqual(['ModelStarted', 'ModelFinished'])
  const lines = ward.warnings.slice(warned).join()
  expect(lines).toMatch(/cannot look for earlier outputs of this step; it runs/)
  expect(lines).toMatch(/this step will not be found again/)
})

test('of two attempts that do one step at once the first to end is kept, and both end well', async () => {
  const model = step()
  const warned = ward.warnings.length
  const [one, other] = await Promise.all([ran(model), ran(model)])
  const { reusedFrom, outputs } = (await reused(model)).finished
  const first = [one, other].find(({ attempt }) => attempt.data.jobId === reusedFrom?.jobId)!
  expect(outputs).toEqual(first.finished.outputs)
  expect(ward.warnings.slice(warned)).toEqual([])
})

test('a step that was kept before its end was acknowledged is said in the same words', async () => {
  const attempt = await assigned(step())
  const untilFinished = async () => {
    const facts = ward.executor()(attempt, new AbortController().signal)
    return [(await facts.next()).value, (await facts.next()).value]
  }
  const said = await untilFinished()
  expect(said[1]).toMatchObject({ type: 'ModelFinished', data: { reusedFrom: null } })
  expect(await untilFinished()).toEqual(said)
  await ward.run(attempt)
  // once its container is gone, its outputs are what it says
  const { runId, jobId } = attempt.data
  const { outputs } = said[1]!.data as Events['ModelFinished']
  expect(await ward.run(attempt)).toMatchObject([
    { type: 'ModelFinished', data: { outputs, reusedFrom: { runId, jobId, attempt: 1 } } },
  ])
})
