import { pack } from 'tar-stream'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { type Recorded } from '../../../core/event/event.ts'
import { NotWanted } from '../../../processors/runtime/effects.ts'
import { containerName } from '../../../processors/worker/executor/name.ts'
import { discard, sweep } from '../../../processors/worker/executor/sweep.ts'
import { type Events } from '../../../schemas/generated/events.ts'
import { busyboxImage } from './busybox.ts'
import { type Said, Ward } from './ward.ts'

const { docker, s3 } = inject('endpoints')
const ward = new Ward(docker.socketPath, s3)
beforeAll(async () => {
  await ward.store.ensureBucket()
  await busyboxImage(ward.docker, 'raddeploy-test/busybox:1')
})
afterEach(() => discard(ward.docker, ward.labels))
afterAll(() => ward.close())

const never = new AbortController().signal
type Facts = AsyncGenerator<Said>

/** Up to and with the outcome, which is not acknowledged: as if the process died on it. */
const untilOutcome = async (facts: Facts): Promise<Said[]> => {
  const said: Said[] = []
  while (said.length === 0 || said.at(-1)!.type === 'ModelStarted')
    said.push((await facts.next()).value as Said)
  return said
}

const container = ({ data }: Recorded<'ModelAssigned'>) => ward.docker.getContainer(containerName(data))

const running = async (assigned: Recorded<'ModelAssigned'>): Promise<void> => {
  for (;;) {
    const state = await container(assigned)
      .inspect()
      .then(
        ({ State }) => State,
        () => undefined,
      )
    if (state?.Running) return
  }
}

/** Lets a model go on that waits for the file /input/go. */
const go = async (assigned: Recorded<'ModelAssigned'>): Promise<void> => {
  const tar = pack()
  tar.entry({ name: 'go' }, '')
  tar.finalize()
  await container(assigned).putArchive(tar as unknown as NodeJS.ReadableStream, { path: '/input' })
}

const waiting = 'until [ -e /input/go ]; do sleep 0.05; done; echo 1 > /output/a'

/** How often the engine started a container of an attempt. */
const starts = async ({ data }: Recorded<'ModelAssigned'>): Promise<number> => {
  const until = Date.now() / 1000
  const filters = { container: [containerName(data)], event: ['start'] }
  const events = await ward.docker.getEvents({ since: Math.floor(until - 600), until, filters })
  let text = ''
  for await (const chunk of events as AsyncIterable<Buffer>) text += chunk.toString()
  return text.split('\n').filter((line) => line !== '').length
}

test('a worker that goes away leaves its container running, and the next one finds it', async () => {
  const assigned = await ward.assigned({ script: waiting, src: { x: 'x' } })
  const stop = new AbortController()
  const before: Said[] = []
  const first = (async () => {
    for await (const fact of ward.executor()(assigned, stop.signal)) before.push(fact)
  })()
  await running(assigned)
  stop.abort()
  await first
  expect(before.map(({ type }) => type)).toEqual(['ModelStarted'])
  expect((await container(assigned).inspect()).State.Running).toBe(true)
  const facts = ward.executor()(assigned, never)
  expect((await facts.next()).value).toEqual(before[0])
  await go(assigned)
  expect((await facts.next()).value).toMatchObject({ type: 'ModelFinished' })
  expect(await starts(assigned)).toBe(1)
})

test('an attempt that the log calls for no more is killed, and nothing of it is left', async () => {
  const assigned = await ward.assigned({ script: waiting, src: { x: 'x' } })
  const withdrawn = new AbortController()
  const said: Said[] = []
  const attempt = (async () => {
    for await (const fact of ward.executor()(assigned, withdrawn.signal)) said.push(fact)
  })()
  await running(assigned)
  withdrawn.abort(new NotWanted())
  await attempt
  expect(said.map(({ type }) => type)).toEqual(['ModelStarted'])
  expect(await ward.leftovers()).toEqual([])
})

test('a container that was created and not started is started by the next worker', async () => {
  const assigned = await ward.assigned({ script: 'cp /input/x /output', src: { x: 'x' } })
  const facts = ward.executor()(assigned, never)
  const started = (await facts.next()).value
  await facts.return(undefined)
  expect(await starts(assigned)).toBe(0)
  const said = await untilOutcome(ward.executor()(assigned, never))
  expect(said[0]).toEqual(started)
  expect(said[1]).toMatchObject({ type: 'ModelFinished' })
  expect(await starts(assigned)).toBe(1)
})

test('an outcome that nobody acknowledged is said again in the same words', async () => {
  const script = 'head -c 9000000 /dev/urandom > /output/large; echo 1 > /output/a; echo said'
  for (const [model, type] of [
    [{ script }, 'ModelFinished'],
    [{ script: `${script}; exit 4` }, 'ModelFailed'],
    [{ script: 'true' }, 'ModelFailed'],
    [{ kwargs: { command: ['/no/such/program'], init: false } }, 'ModelFailed'],
  ] as const) {
    const assigned = await ward.assigned(model)
    const said = await untilOutcome(ward.executor()(assigned, never))
    expect(said.at(-1)!.type).toBe(type)
    expect(await untilOutcome(ward.executor()(assigned, never))).toEqual(said)
    expect(await starts(assigned)).toBeLessThanOrEqual(1)
  }
})

test('the time that passed while no worker looked counts for the timeout', async () => {
  const assigned = await ward.assigned({ script: waiting, src: { x: 'x' } })
  const stop = new AbortController()
  const first = untilOutcome(ward.executor()(assigned, stop.signal)).catch(() => [])
  await running(assigned)
  stop.abort()
  await first
  const late = { ...assigned, data: { ...assigned.data, timeoutMs: 1 } }
  expect((await untilOutcome(ward.executor()(late, never)))[1]!.data).toMatchObject({ kind: 'timeout' })
})

test('two processes that run one assignment at once start one container and say the same', async () => {
  const assigned = await ward.assigned({ script: 'cp -r /input/. /output', src: { x: 'x', 'y/z': 'z' } })
  const [one, other] = await Promise.all([
    untilOutcome(ward.executor()(assigned, never)),
    untilOutcome(ward.executor()(assigned, never)),
  ])
  expect(one[1]!.type).toBe('ModelFinished')
  expect(other).toEqual(one)
  expect(await starts(assigned)).toBe(1)
  expect(await ward.leftovers()).toHaveLength(3)
})

test('inputs that were put in half are never computed on', async () => {
  const large = Buffer.alloc(20_000_000, 'abcdefg')
  const assigned = await ward.assigned({ script: 'cp /input/* /output', src: { large } })
  const stop = new AbortController()
  const get = ward.store.get.bind(ward.store)
  ward.store.get = async (key, range) => {
    const stream = await get(key, range)
    // the manifest is read from the same store, and has less than one chunk
    if (key.endsWith('/large')) stream.once('data', () => setImmediate(() => stop.abort()))
    return stream
  }
  const facts = ward.executor()(assigned, stop.signal)
  expect(await facts.next()).toEqual({ done: true, value: undefined })
  ward.store.get = get
  await expect(container(assigned).inspect()).rejects.toMatchObject({ statusCode: 404 })
  const said = await untilOutcome(ward.executor()(assigned, never))
  const { outputs } = said[1]!.data as Events['ModelFinished']
  expect((await ward.files(outputs[0]!)).large!.equals(large)).toBe(true)
})

test('a container that somebody removes fails the attempt', async () => {
  const assigned = await ward.assigned({ script: waiting, src: { x: 'x' } })
  const outcome = untilOutcome(ward.executor()(assigned, never))
  await running(assigned)
  await container(assigned).remove({ force: true, v: true })
  expect((await outcome).map(({ type }) => type)).toEqual(['ModelStarted', 'ModelFailed'])
})

test('a container of another installation is neither used nor removed', async () => {
  const assigned = await ward.assigned({ script: 'true' })
  await ward.executor()(assigned, never).next()
  const failed = await ward.failed(assigned, { installation: `${ward.installation}-other` })
  expect(failed).toMatchObject({ kind: 'engine' })
  expect(failed.message).toMatch(/not ours/)
  expect((await container(assigned).inspect()).State.Status).toBe('created')
})

test('at its start a worker removes what is left of attempts that ended, and of no others', async () => {
  const [ended, open, foreign] = [
    await ward.assigned({ script: waiting, src: { x: 'x' } }),
    await ward.assigned({ script: 'true' }),
    await ward.assigned({ script: 'true' }),
  ]
  const stop = new AbortController()
  const first = untilOutcome(ward.executor()(ended, stop.signal)).catch(() => [])
  await running(ended)
  stop.abort()
  await first
  await ward.executor()(open, never).next()
  const data = { ...foreign.data, workerId: 'worker-2' }
  await ward
    .executor()({ ...foreign, data }, never)
    .next()
  const removed = await sweep({
    docker: ward.docker,
    installation: ward.installation,
    workerId: 'worker-1',
    isOpen: (jobId) => jobId === open.data.jobId,
  })
  expect(removed).toHaveLength(3)
  expect(removed).toContain(containerName(ended.data))
  const left = await ward.leftovers()
  expect(left).toContain(`/${containerName(open.data)}`)
  expect(left).toContain(`/${containerName(foreign.data)}`)
  expect(left).toHaveLength(4)
})
