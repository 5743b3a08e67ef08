import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { RadDeployError } from '../../../core/error/error.ts'
import { busyboxImage } from './busybox.ts'
import { Ward } from './ward.ts'

const { docker, s3 } = inject('endpoints')
const ward = new Ward(docker.socketPath, s3)
beforeAll(async () => {
  await ward.store.ensureBucket()
  await busyboxImage(ward.docker, 'raddeploy-test/busybox:1')
})
afterAll(async () => {
  expect(await ward.leftovers()).toEqual([])
  await ward.close()
})

test('an exit code other than 0 is a failure of kind exit, with the log', async () => {
  const failed = await ward.failed(await ward.assigned({ script: 'echo 1 > /output/a; echo why; exit 3' }))
  expect(failed).toMatchObject({ kind: 'exit', exitCode: 3 })
  expect(failed.message).toBe('it ended with exit code 3; its log says why')
  expect((await ward.store.read(failed.logTail!)).toString()).toMatch(/Z why\n$/)
})

test('a model that runs past its timeout is stopped, though it ignores SIGTERM', async () => {
  const script = 'trap "" TERM; echo begun; while true; do sleep 1; done'
  const failed = await ward.failed(await ward.assigned({ script, timeoutMs: 1500 }))
  expect(failed).toMatchObject({ kind: 'timeout', exitCode: 137 })
  expect(failed.durationMs).toBeGreaterThanOrEqual(1500)
  expect(failed.durationMs).toBeLessThan(10_000)
  expect((await ward.store.read(failed.log!)).toString()).toMatch(/begun/)
})

test('a model that ends well only when it is told to stop has timed out, too', async () => {
  const script = 'echo half > /output/a; trap "exit 0" TERM; while true; do sleep 0.1; done'
  const failed = await ward.failed(await ward.assigned({ script, timeoutMs: 700 }))
  expect(failed).toMatchObject({ kind: 'timeout', exitCode: 0 })
})

test('a model that takes more memory than it may is killed for memory', async () => {
  const script = 'dd if=/dev/zero of=/dev/null bs=200M count=1; exit $?'
  const failed = await ward.failed(await ward.assigned({ script, kwargs: { mem_limit: '16m' } }))
  expect(failed).toMatchObject({ kind: 'oom', exitCode: 137 })
})

test('a process killed for memory does not fail a model that goes on and ends well', async () => {
  const script = 'dd if=/dev/zero of=/dev/null bs=200M count=1; echo 1 > /output/a; exit 0'
  const finished = await ward.finished(await ward.assigned({ script, kwargs: { mem_limit: '16m' } }))
  expect(finished.exitCode).toBe(0)
})

test('an image that is not here and cannot be pulled fails the model, and nothing was started', async () => {
  const assigned = await ward.assigned({ script: 'true', kwargs: { image: 'localhost:1/nobody/nothing:1' } })
  const said = await ward.run(assigned)
  expect(said.map(({ type }) => type)).toEqual(['ModelFailed'])
  expect(said[0]!.data).toMatchObject({ kind: 'image', exitCode: null, log: null })
  expect((said[0]!.data as { message: string }).message).toMatch(
    /^image localhost:1\/nobody\/nothing:1 is not on this worker and cannot be pulled: .+ connection refused; correct its name, start its registry, or bring it here$/,
  )
})

test('an image that is here runs though it cannot be pulled anew', async () => {
  await ward.docker.getImage('raddeploy-test/busybox:1').tag({ repo: 'localhost:1/busybox', tag: '1' })
  const assigned = await ward.assigned({
    script: 'echo 1 > /output/a',
    kwargs: { image: 'localhost:1/busybox:1' },
    spec: { pull_before_exec: true },
  })
  const said = await ward.run(assigned)
  await ward.docker.getImage('localhost:1/busybox:1').remove()
  const { Id } = await ward.docker.getImage('raddeploy-test/busybox:1').inspect()
  expect(said.map(({ type }) => type)).toEqual(['ModelStarted', 'ModelFinished'])
  expect(said[0]!.data).toMatchObject({ image: 'localhost:1/busybox:1', imageDigest: Id })
})

test('a command that is not in the image fails the model, and the message says so', async () => {
  const failed = await ward.failed(await ward.assigned({ kwargs: { command: ['/no/such/program'] } }))
  expect(failed).toMatchObject({ kind: 'exit', exitCode: 127 })
  expect(failed.message).toMatch(/a program that is not there/)
})

test('a container that the engine cannot start is an image that cannot start', async () => {
  const kwargs = { command: ['/no/such/program'], init: false }
  const failed = await ward.failed(await ward.assigned({ kwargs }))
  expect(failed).toMatchObject({ kind: 'image', exitCode: 127, durationMs: null, log: null })
  expect(failed.message).toMatch(/^the container cannot be started: .*no such file.*; correct the command/)
})

test('an image without a command fails the model before anything is created', async () => {
  const failed = await ward.failed(await ward.assigned({}))
  expect(failed).toMatchObject({ kind: 'image', exitCode: null })
  expect(failed.message).toMatch(/No command specified/i)
})

test('a limit that the engine does not take fails the model, and says which', async () => {
  const failed = await ward.failed(await ward.assigned({ script: 'true', kwargs: { mem_limit: '1m' } }))
  expect(failed.kind).toBe('image')
  expect(failed.message).toMatch(/memory limit/i)
})

test('a network that the worker does not allow fails the model, and the message says how to allow it', async () => {
  const assigned = await ward.assigned({ script: 'echo 1 > /output/a', kwargs: { network_mode: 'host' } })
  const said = await ward.run(assigned)
  expect(said.map(({ type }) => type)).toEqual(['ModelFailed'])
  expect(said[0]!.data).toMatchObject({
    kind: 'image',
    message: 'network_mode "host" is not allowed on this worker; add it to networks of the worker',
  })
  expect(await ward.finished(assigned, { networks: ['host'] })).toMatchObject({ exitCode: 0 })
})

test('an output mount without a file fails the model', async () => {
  const failed = await ward.failed(await ward.assigned({ script: 'mkdir -p /output/empty/folders' }))
  expect(failed).toMatchObject({ kind: 'output', exitCode: 0 })
  expect(failed.message).toBe('the model wrote nothing into its output mount dst (/output); see its log')
  expect(failed.log).not.toBeNull()
})

test('links and pipes are no output, a second name of a file is one', async () => {
  const script = `cd /output; echo 1 > a; mkdir sub; ln a sub/again; ln -s /etc/passwd link
    ln -s ../../.. out; mkfifo pipe; true`
  const { outputs } = await ward.finished(await ward.assigned({ script }))
  const files = await ward.files(outputs[0]!)
  expect(Object.keys(files)).toEqual(['a', 'sub/again'])
  expect(files['sub/again']!.toString()).toBe('1\n')
})

test('an output of links alone is an empty output', async () => {
  const failed = await ward.failed(await ward.assigned({ script: 'ln -s /bin/sh /output/a' }))
  expect(failed.kind).toBe('output')
})

test('an output beyond the bounds of the worker fails the model', async () => {
  const many = await ward.assigned({ script: 'for i in $(seq 1 20); do echo > /output/$i; done' })
  expect(await ward.failed(many, { outputFiles: 19 })).toMatchObject({ kind: 'output' })
  const large = await ward.assigned({ script: 'head -c 30000000 /dev/zero > /output/a' })
  const failed = await ward.failed(large, { outputBytes: 20_000_000 })
  expect(failed.message).toMatch(/holds more than 20000000 bytes; raise outputBytes/)
})

test('a file whose name cannot be kept fails the model', async () => {
  const failed = await ward.failed(await ward.assigned({ script: `touch "/output/a\nb"` }))
  expect(failed).toMatchObject({ kind: 'output' })
  expect(failed.message).not.toMatch(/a.b/s)
})

test('an input that is not what its manifest states fails the model before it starts', async () => {
  const assigned = await ward.assigned({
    script: 'true',
    src: { small: 'content', large: Buffer.alloc(5_000_000) },
  })
  for (const path of ['small', 'large']) {
    const { files } = JSON.parse((await ward.store.read(assigned.data.inputs[0]!.manifest)).toString())
    const changed = files.map((file: { path: string; object: { key: string; size: number } }) =>
      file.path === path ? { ...file, object: { ...file.object, sha256: 'a'.repeat(64) } } : file,
    )
    const manifest = await ward.store.putJson(`test/${assigned.data.jobId}/${path}.json`, { files: changed })
    const said = await ward.run({
      ...assigned,
      data: { ...assigned.data, inputs: [{ ...assigned.data.inputs[0]!, manifest }] },
    })
    expect(said.map(({ type }) => type)).toEqual(['ModelFailed'])
    expect(said[0]!.data).toMatchObject({ kind: 'engine' })
    expect((said[0]!.data as { message: string }).message).toMatch(/does not have the hash/)
  }
})

test('a GPU that the engine cannot give fails the model with the reason', async () => {
  const assigned = await ward.assigned({ script: 'true' })
  const failed = await ward.failed({ ...assigned, data: { ...assigned.data, gpus: ['0'] } })
  expect(failed).toMatchObject({ kind: 'engine' })
  expect(failed.message).toMatch(/gpu/)
})

test('an object store that is away for a moment delays a model, one that stays away fails it', async () => {
  const put = ward.store.put.bind(ward.store)
  let left = 3
  ward.store.put = (key, bytes) =>
    left-- > 0 && key.includes('/dst/')
      ? Promise.reject(new RadDeployError('RD_S3_UNAVAILABLE', 'the object store did not take it'))
      : put(key, bytes)
  const script = 'for i in $(seq 1 20); do echo $i > /output/$i; done'
  const { outputs } = await ward.finished(await ward.assigned({ script }))
  expect(outputs[0]!.files).toBe(20)
  left = Number.POSITIVE_INFINITY
  const failed = await ward.failed(await ward.assigned({ script }), { patienceMs: 500 })
  ward.store.put = put
  expect(failed).toMatchObject({ kind: 'engine', exitCode: 0 })
  expect(failed.message).toMatch(/check the object store/)
})

test('a large object that breaks off on its way in or out is brought again from its beginning', async () => {
  const large = Buffer.alloc(12_000_000, 'abcdefg')
  const assigned = await ward.assigned({ script: 'cp /input/* /output', src: { large } })
  const [get, open] = [ward.store.get.bind(ward.store), ward.store.open.bind(ward.store)]
  const breaks = { in: 1, out: 1 }
  ward.store.get = async (key, range) => {
    const stream = await get(key, range)
    if (key.endsWith('/large') && breaks.in-- > 0)
      stream.once('data', () => stream.destroy(new Error('the connection broke')))
    return stream
  }
  ward.store.open = (key) => {
    const writer = open(key)
    if (breaks.out-- > 0)
      writer.stream.write = () => writer.stream.destroy(new Error('it broke, too')).writable
    return writer
  }
  const { outputs } = await ward.finished(assigned)
  Object.assign(ward.store, { get, open })
  expect(breaks.in).toBeLessThan(0)
  expect(breaks.out).toBeLessThan(0)
  expect((await ward.files(outputs[0]!)).large!.equals(large)).toBe(true)
})
