import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pino } from 'pino'
import { pack } from 'tar-stream'
import { describe, expect, test, vi } from 'vitest'
import { type ObjectStore } from '../../../../../infra/s3/store.ts'
import { workerConfigSchema } from '../../../../../processors/worker/config.ts'
import { type Context } from '../../../../../processors/worker/executor/context.ts'
import { isGone } from '../../../../../processors/worker/executor/engine.ts'
import { failureOf } from '../../../../../processors/worker/executor/failure.ts'
import { provideImage } from '../../../../../processors/worker/executor/image.ts'
import { storeLog } from '../../../../../processors/worker/executor/logs.ts'
import { collect } from '../../../../../processors/worker/executor/outputs.ts'
import { prepare } from '../../../../../processors/worker/executor/prepare.ts'
import { answered, isSilence, whileMoving } from '../../../../../processors/worker/executor/silence.ts'
import { discard } from '../../../../../processors/worker/executor/sweep.ts'
import { runToEnd } from '../../../../../processors/worker/executor/watch.ts'
import { an } from '../../../../support/events.ts'
import { begun, json, silentEngine } from './silentEngine.ts'

const never = new Promise<never>(() => undefined)
const bounds = { answerMs: 100, stallMs: 200, patienceMs: 300, stopGraceMs: 0, pollMs: 50 }
const contextOf = (docker: Context['docker'], changes: object = {}): Context => ({
  docker,
  store: undefined as unknown as ObjectStore,
  logger: pino({ level: 'silent' }),
  config: workerConfigSchema.parse({ workerId: 'w', installation: 'i', ...bounds, ...changes }),
  signal: new AbortController().signal,
})
/** A state as the engine tells it, of a container that runs and was to be over long ago. */
const overdue = {
  State: { Status: 'running', Running: true, ExitCode: 0, StartedAt: '2026-01-01T00:00:00Z' },
  NetworkSettings: { Networks: {} },
}
const now = json(200, { SystemTime: '2026-01-02T00:00:00Z' })

describe('a short call', () => {
  test('is answered, or the engine counts as gone', async () => {
    expect(await answered(100, () => Promise.resolve(1))).toBe(1)
    await expect(answered(100, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    const error: unknown = await answered(20, () => never).catch((thrown: unknown) => thrown)
    expect(isGone(error) && isSilence(error)).toBe(true)
    expect(failureOf(error)).toMatchObject({ kind: 'engine' })
  })
})

describe('long work', () => {
  test('goes on as long as it moves, and is ended when it does not', async () => {
    const { signal } = new AbortController()
    const stream = new PassThrough()
    const chunks = (async () => {
      for (let count = 0; count < 20; count += 1) {
        stream.write('x')
        await new Promise((resolve) => setTimeout(resolve, 40))
      }
    })()
    let taken = 0
    const work = whileMoving(500, signal, async (moved, until) => {
      stream.on('data', () => {
        taken += 1
        moved()
      })
      await new Promise((_, reject) => until.addEventListener('abort', () => reject(new Error('ended'))))
    }).finally(() => expect(taken).toBe(20))
    await expect(work).rejects.toSatisfy(isSilence)
    await chunks
  })

  test('is ended by the signal of its attempt, and keeps its own error', async () => {
    const stop = new AbortController()
    const work = whileMoving(1000, stop.signal, async (_, until) => {
      await new Promise((__, reject) => until.addEventListener('abort', () => reject(new Error('let go'))))
    })
    stop.abort()
    await expect(work).rejects.toThrow('let go')
  })
})

describe('an engine that hangs', () => {
  test.each([
    ['says no more how a container is', {}],
    ['does not tell the time', { 'GET /json': json(200, overdue) }],
    ['does not stop a container', { 'GET /json': json(200, overdue), 'GET /info': now }],
    [
      'does not start a container',
      { 'GET /json': json(200, { ...overdue, State: { Status: 'created', Running: false, ExitCode: 0 } }) },
    ],
  ])('and %s is left alone when patience is over', async (_, answers) => {
    const { docker, asked } = await silentEngine(answers)
    await expect(runToEnd(docker.getContainer('c'), 1000, contextOf(docker))).rejects.toSatisfy(isSilence)
    expect(asked.length).toBeGreaterThan(1)
  })

  test('does not keep what is left of an attempt from ending', async () => {
    const { docker } = await silentEngine()
    await expect(discard(docker, { a: 'b' }, { answerMs: 50 })).rejects.toSatisfy(isSilence)
  })

  test('does not keep a model waiting for its container', async () => {
    const { docker } = await silentEngine()
    await expect(prepare(an.modelAssigned(), contextOf(docker))).rejects.toSatisfy(isSilence)
  })
})

describe('a pull in which nothing moves', () => {
  const pulling = JSON.stringify({ status: 'Downloading' }) + '\n'

  test('is broken off, and the model fails for its image', async () => {
    const { docker, left } = await silentEngine({
      'GET /json': json(404, { message: 'No such image' }),
      'POST /images/create': begun(pulling),
    })
    const error: unknown = await provideImage('models/bone:1', true, contextOf(docker)).catch(
      (thrown: unknown) => thrown,
    )
    expect(failureOf(error)).toMatchObject({
      kind: 'image',
      message:
        'image models/bone:1 is not on this worker and cannot be pulled: nothing came of it for 0.2 s; correct its name, or bring it here',
    })
    await vi.waitFor(() => expect(left()).toBe(1))
  })

  test('does not keep a model waiting whose image is here', async () => {
    const { docker } = await silentEngine({
      'GET /json': json(200, { Id: 'sha256:1', RepoDigests: [] }),
      'POST /images/create': begun(pulling),
    })
    expect(await provideImage('models/bone:1', true, contextOf(docker))).toEqual({
      id: 'sha256:1',
      digest: 'sha256:1',
    })
  })

  test('may take long as long as something comes', async () => {
    let pulled = false
    const { docker } = await silentEngine({
      'GET /json': (...asked) =>
        json(pulled ? 200 : 404, { Id: 'sha256:2', RepoDigests: ['models/bone@sha256:3'] })(...asked),
      'POST /images/create': (_, response) => {
        response.writeHead(200)
        let count = 0
        const timer = setInterval(() => {
          response.write(pulling)
          if ((count += 1) < 20) return
          clearInterval(timer)
          pulled = true
          response.end()
        }, 50)
      },
    })
    expect(await provideImage('models/bone:1', true, contextOf(docker, { stallMs: 500 }))).toMatchObject({
      digest: 'models/bone@sha256:3',
    })
  })
})

describe('an archive or a log in which nothing moves', () => {
  const mount = { name: 'dst', path: '/output', fileKey: (path: string) => path, manifestKey: 'm' }

  test('is broken off on its way out', async () => {
    const tar = pack()
    tar.entry({ name: './a' }, Buffer.alloc(1000))
    tar.finalize()
    const beginning = (await buffer(tar)).subarray(0, 700)
    const { docker, left } = await silentEngine({ 'GET /archive': begun(beginning) })
    await expect(collect(docker.getContainer('c'), mount, contextOf(docker))).rejects.toSatisfy(isSilence)
    await vi.waitFor(() => expect(left()).toBe(1))
  })

  test('is broken off on its way in, and so is all that was made for it', async () => {
    const { docker, asked } = await silentEngine({
      'GET /raddeploy-job-1-1/json': json(404, { message: 'No such container' }),
      'GET /models/bone:1/json': json(200, { Id: 'sha256:1', RepoDigests: [] }),
      'POST /containers/create': json(201, { Id: 'filler' }),
      'DELETE /': json(204, {}),
    })
    const spec = JSON.stringify({
      docker_kwargs: { image: 'models/bone:1' },
      pull_before_exec: false,
      input_mounts: {},
      config: { a: 1 },
    })
    const assigned = an.modelAssigned({ spec, inputs: [] })
    await expect(prepare(assigned, contextOf(docker))).rejects.toSatisfy(isSilence)
    expect(asked).toContain('PUT /containers/filler/archive')
  })

  test('is broken off as a log', async () => {
    const frame = Buffer.from([1, 0, 0, 0, 0, 0, 0, 2, 0x61, 0x0a])
    const { docker, left } = await silentEngine({ 'GET /logs': begun(frame) })
    await expect(storeLog(docker.getContainer('c'), (part) => part, contextOf(docker))).rejects.toSatisfy(
      isSilence,
    )
    await vi.waitFor(() => expect(left()).toBe(1))
  })
})
