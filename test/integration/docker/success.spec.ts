import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Events } from '../../../schemas/generated/events.ts'
import { busyboxImage } from './busybox.ts'
import { Ward } from './ward.ts'

const { docker, s3 } = inject('endpoints')
const ward = new Ward(docker.socketPath, s3)
beforeAll(async () => {
  await ward.store.ensureBucket()
  await busyboxImage(ward.docker, 'raddeploy-test/busybox:1')
  await busyboxImage(ward.docker, 'raddeploy-test/nobody:1', ['USER 10001:10001'])
  await busyboxImage(ward.docker, 'raddeploy-test/samples:1', [], {
    'input/sample.dcm': 'of another patient',
    'output/template.txt': 'not a result',
    'config/defaults.yaml': 'a: 1',
  })
})
afterAll(() => ward.close())

const text = (files: Record<string, Buffer>) =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, bytes.toString()]))

test('a model gets its files and gives its files bit for bit, a thousand and those in sub folders', async () => {
  const src: Record<string, Uint8Array | string> = {
    'empty.dcm': '',
    'large.bin': randomBytes(9 * 1024 * 1024 + 17),
    'CT/1.2.3/slice æøå 1.dcm': randomBytes(1000),
    [`deep/${'n'.repeat(200)}/${'m'.repeat(200)}.dcm`]: randomBytes(10),
  }
  for (let index = 0; index < 1000; index += 1) src[`series/${index % 7}/${index}.dcm`] = randomBytes(index)
  const assigned = await ward.assigned({ script: 'cp -r /input/. /output', src })
  const said = await ward.run(assigned)
  expect(said.map(({ type }) => type)).toEqual(['ModelStarted', 'ModelFinished'])
  const { data } = said[1] as { data: Events['ModelFinished'] }
  const [dst] = data.outputs
  expect(dst).toMatchObject({ name: 'dst', files: Object.keys(src).length })
  const files = await ward.files(dst!)
  expect(Object.keys(files).sort()).toEqual(Object.keys(src).sort())
  for (const [path, content] of Object.entries(src))
    expect(files[path]!.equals(Buffer.from(content)), path).toBe(true)
  expect(Object.keys(files)).toEqual(Object.keys(files).sort())
})

test('nothing is left on the engine once the outcome is acknowledged, and everything until then', async () => {
  const assigned = await ward.assigned({ script: 'echo 1 > /output/a' })
  const facts = ward.executor()(assigned, new AbortController().signal)
  const started = (await facts.next()).value!
  expect(started.type).toBe('ModelStarted')
  const { Running, Status } = (
    await ward.docker.getContainer((started.data as { containerId: string }).containerId).inspect()
  ).State
  expect({ Running, Status }).toEqual({ Running: false, Status: 'created' })
  expect((await facts.next()).value!.type).toBe('ModelFinished')
  expect(await ward.leftovers()).toHaveLength(2)
  expect((await facts.next()).done).toBe(true)
  expect(await ward.leftovers()).toEqual([])
})

test('a model that is not root writes its output though its image has no such folder', async () => {
  const assigned = await ward.assigned({
    script: 'id -u > /output/uid; mkdir /output/sub; cat /input/a/b > /output/sub/b; echo 1 > /input/a/own',
    kwargs: { image: 'raddeploy-test/nobody:1' },
    src: { 'a/b': 'content' },
  })
  const { outputs } = await ward.finished(assigned)
  expect(text(await ward.files(outputs[0]!))).toEqual({ uid: '10001\n', 'sub/b': 'content' })
})

test('a flow may name the user, the environment, the folder and the command of a model', async () => {
  const assigned = await ward.assigned({
    kwargs: {
      user: '2002:2002',
      environment: { GREETING: 'hello world', EMPTY: '' },
      working_dir: '/output',
      entrypoint: 'sh -c',
      command: '\'id -u > uid; echo "$GREETING:$FLOW_UID:$CONTAINER_TAG" > said\'',
    },
  })
  const { outputs } = await ward.finished(assigned)
  expect(text(await ward.files(outputs[0]!))).toEqual({
    uid: '2002\n',
    said: `hello world:${assigned.data.runId}:raddeploy-test/busybox:1\n`,
  })
})

test('the config of a model is YAML in its folder, beside what the image has there', async () => {
  const assigned = await ward.assigned({
    script: 'cp /config/* /output; cp /input/settings/config.yaml /output/second 2>/dev/null; true',
    kwargs: { image: 'raddeploy-test/samples:1' },
    spec: { config: { threshold: -300, names: ['BODY', 'BONE'] } },
  })
  const { outputs } = await ward.finished(assigned)
  expect(text(await ward.files(outputs[0]!))).toEqual({
    'config.yaml': 'threshold: -300\nnames:\n  - BODY\n  - BONE\n',
    'defaults.yaml': 'a: 1',
  })
})

test('a config folder within a mount holds the config, too', async () => {
  const assigned = await ward.assigned({
    script: 'cp /input/settings/config.yaml /input/a /output',
    spec: { config: { a: 1 }, config_dump_folder: '/input/settings/' },
    src: { a: 'A' },
  })
  const { outputs } = await ward.finished(assigned)
  expect(text(await ward.files(outputs[0]!))).toEqual({ 'config.yaml': 'a: 1\n', a: 'A' })
})

test('what an image holds at its input and output never passes for the patient', async () => {
  const assigned = await ward.assigned({
    script: 'ls /input > /output/seen',
    kwargs: { image: 'raddeploy-test/samples:1' },
    src: { 'slice.dcm': 'of this patient' },
  })
  const { outputs } = await ward.finished(assigned)
  expect(text(await ward.files(outputs[0]!))).toEqual({ seen: 'slice.dcm\n' })
})

test('a container has no capability, no network and no file system to write but its mounts and /tmp', async () => {
  const script = `exec 2>&1; cat /proc/self/status > /output/status; ls /sys/class/net > /output/net
    touch /x && echo 1 > /output/root; touch /tmp/x && echo 1 > /output/tmp; true`
  const { outputs } = await ward.finished(await ward.assigned({ script }))
  const { status, net, ...rest } = text(await ward.files(outputs[0]!))
  expect(status).toMatch(/CapEff:\t0000000000000000/)
  expect(status).toMatch(/NoNewPrivs:\t1/)
  expect(net).toBe('lo\n')
  expect(Object.keys(rest)).toEqual(['tmp'])
})

test('the log is stored with times, its whole and its last fifty lines', async () => {
  const assigned = await ward.assigned({
    script: 'for i in $(seq 1 200); do echo line $i; done; echo oops >&2; exit 3',
  })
  const { log, logTail } = await ward.failed(assigned)
  const lines = (await ward.store.read(log!)).toString().trimEnd().split('\n')
  expect(lines).toHaveLength(201)
  for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (line \d+|oops)$/)
  expect(lines.filter((line) => line.endsWith('Z oops'))).toHaveLength(1)
  const tail = (await ward.store.read(logTail!)).toString().trimEnd().split('\n')
  expect(tail).toEqual(lines.slice(-50))
})

test('of a log without end the last part is kept', async () => {
  const script = 'seq 1 200000; echo the end; echo 1 > /output/a'
  const { log } = await ward.finished(await ward.assigned({ script }), { logBytes: 100_000 })
  const kept = (await ward.store.read(log!)).toString()
  expect(kept.length).toBeLessThan(101_000)
  expect(kept.split('\n').at(-2)).toMatch(/ the end$/)
  expect(kept).toMatch(/^\[the beginning was left out\]\n\d{4}-/)
})

test('a model gets the CPUs and the memory that it states, and no more', async () => {
  const assigned = await ward.assigned({
    script: 'echo 1 > /output/a',
    spec: { cpus: 0.5, memory: '64m' },
  })
  const facts = ward.executor()(assigned, new AbortController().signal)
  const { containerId } = (await facts.next()).value!.data as { containerId: string }
  const { HostConfig } = await ward.docker.getContainer(containerId).inspect()
  expect(HostConfig).toMatchObject({ NanoCpus: 5e8, Memory: 2 ** 26, MemorySwap: 2 ** 26 })
  expect((await facts.next()).value!.type).toBe('ModelFinished')
  await facts.next()
})

test('a model that states more CPUs than its host has, as a worker may offer, has them all', async () => {
  const assigned = await ward.assigned({ script: 'echo 1 > /output/a', spec: { cpus: 1024 } })
  expect(await ward.finished(assigned)).toMatchObject({ exitCode: 0 })
})
