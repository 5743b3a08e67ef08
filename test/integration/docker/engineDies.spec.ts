import { setTimeout as pause } from 'node:timers/promises'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Recorded } from '../../../core/event/event.ts'
import { containerName } from '../../../processors/worker/executor/name.ts'
import { type Events } from '../../../schemas/generated/events.ts'
import { busyboxImage } from './busybox.ts'
import { PrivateEngine } from './privateEngine.ts'
import { Ward } from './ward.ts'

let engine: PrivateEngine
let ward: Ward
beforeAll(async () => {
  engine = await PrivateEngine.start()
  ward = new Ward(engine.socketPath, inject('endpoints').s3)
  await ward.store.ensureBucket()
  await busyboxImage(ward.docker, 'raddeploy-test/busybox:1')
})
afterAll(async () => {
  await ward.close()
  await engine.remove()
})

const script =
  'echo started >> /output/starts; until [ -e /input/go ]; do sleep 0.05; done; echo 1 > /output/a'
const container = ({ data }: Recorded<'ModelAssigned'>) => ward.docker.getContainer(containerName(data))
const running = async (assigned: Recorded<'ModelAssigned'>): Promise<void> => {
  while (
    !(await container(assigned)
      .inspect()
      .then(
        ({ State }) => State.Running,
        () => false,
      ))
  );
}
const go = async (assigned: Recorded<'ModelAssigned'>): Promise<void> => {
  const tar = pack()
  tar.entry({ name: 'go' }, '')
  tar.finalize()
  await container(assigned).putArchive(tar as unknown as NodeJS.ReadableStream, { path: '/input' })
}

/** Resolves when the worker waits at the engine for the end of its container. */
const waitedFor = async (): Promise<void> => {
  const get = ward.docker.getContainer.bind(ward.docker)
  await new Promise<void>((resolve) => {
    ward.docker.getContainer = (id) => {
      const found = get(id)
      const wait = found.wait.bind(found) as (options?: object) => Promise<unknown>
      found.wait = ((options?: object) => {
        const answer = wait(options)
        resolve()
        return answer
      }) as typeof found.wait
      return found
    }
  })
  ward.docker.getContainer = get
  // a later question that is answered: the wait has arrived
  await ward.docker.ping()
}

test('a model outlives the death of its engine, and its worker waits for the engine to come back', async () => {
  const assigned = await ward.assigned({ script, src: { x: 'x' } })
  const waited = waitedFor()
  const outcome = ward.run(assigned, { pollMs: 500 })
  await waited
  await engine.kill()
  await engine.start()
  await go(assigned)
  const said = await outcome
  expect(said.map(({ type }) => type)).toEqual(['ModelStarted', 'ModelFinished'])
  const { outputs } = said[1]!.data as Events['ModelFinished']
  expect((await ward.files(outputs[0]!)).starts!.toString()).toBe('started\n')
  expect(await ward.leftovers()).toEqual([])
})

test('a model that ends while its engine is dead is judged by the exit code that it had', async () => {
  // it ends a second after it was let go: the engine is dead by then
  const assigned = await ward.assigned({
    script: 'until [ -e /input/go ]; do sleep 0.05; done; sleep 1; exit 5',
    src: { x: 'x' },
  })
  const outcome = ward.failed(assigned, { pollMs: 500 })
  await running(assigned)
  await go(assigned)
  await engine.kill()
  await engine.start()
  expect(await outcome).toMatchObject({ kind: 'exit', exitCode: 5 })
})

test('a model whose engine is stopped with it did not fail by itself', async () => {
  const assigned = await ward.assigned({ script, src: { x: 'x' } })
  const outcome = ward.failed(assigned, { pollMs: 500 })
  await running(assigned)
  await engine.kill()
  await engine.start(false)
  expect(await outcome).toMatchObject({ kind: 'engine', exitCode: 143 })
  await engine.kill()
  await engine.start()
})

test('a model whose host lost its power did not fail by itself, nor did it run all the time since', async () => {
  const assigned = await ward.assigned({ script, src: { x: 'x' }, timeoutMs: 3000 })
  const outcome = ward.failed(assigned, { pollMs: 500 })
  await running(assigned)
  const { Id, State } = await container(assigned).inspect()
  await engine.cutPower({ Id, Pid: State.Pid })
  await pause(3000)
  await engine.start()
  expect(await outcome).toMatchObject({ kind: 'engine', exitCode: 255 })
})

test('a model that ends with 255 by itself has failed by itself', async () => {
  const assigned = await ward.assigned({ script: 'exit 255' })
  expect(await ward.failed(assigned)).toMatchObject({ kind: 'exit', exitCode: 255 })
})

test('an attempt fails when its engine takes every question and answers none', async () => {
  const assigned = await ward.assigned({ script, src: { x: 'x' } })
  const outcome = ward.failed(assigned, { pollMs: 200, answerMs: 500, patienceMs: 1500 })
  await running(assigned)
  engine.freeze()
  const failed = await outcome.finally(() => engine.thaw())
  expect(failed).toMatchObject({ kind: 'engine', exitCode: null })
  expect(failed.message).toMatch(/does not answer/)
})

test('an attempt fails when its engine stays away, and says what to do', async () => {
  const assigned = await ward.assigned({ script, src: { x: 'x' } })
  const outcome = ward.failed(assigned, { pollMs: 200, patienceMs: 1000 })
  await running(assigned)
  await engine.kill()
  const failed = await outcome
  expect(failed).toMatchObject({ kind: 'engine', exitCode: null, log: null })
  expect(failed.message).toMatch(/does not answer; start it/)
  await engine.start()
})
