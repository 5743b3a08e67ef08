import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { serviceNames } from '../../app/names.ts'
import { mountManifestSchema } from '../../core/manifest/manifest.ts'
import { label, withLabels } from '../../processors/worker/executor/name.ts'
import { type MountRef } from '../../schemas/generated/shared.ts'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { PrivateEngine } from '../integration/docker/privateEngine.ts'
import { makeFile } from '../support/dicomFiles.ts'
import { endingOf, idsOf } from '../support/endings.ts'
import { type HomeFolder, homeFolder } from '../support/homeFolder.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { type System, startSystem } from '../support/system.ts'
import { type Session, type as typed } from '../support/terminal.ts'
import { until } from '../support/until.ts'

const image = 'rd-test/gpu:1'
const leaseSeconds = 5
const command = join(import.meta.dirname, '../../app/raddeploy.mjs')
let folder: string
let home: HomeFolder
let engine: PrivateEngine
let docker: Docker
let system: System
let hospital: Hospital
/** A process of its own, which may be stopped. It comes first where both fit: it has no label to spare. */
let a: Session
let b: System

const modelOf = (script: string, more: string): string => `
  - docker_kwargs: { image: '${image}', command: [sh, -c, '${script}'] }
    pull_before_exec: false
    ${more}`

const gpuFlow = `
name: one-gpu-then-two
triggers: [{ Modality: ['^MR$'] }]
models:
${modelOf('echo $NVIDIA_VISIBLE_DEVICES > /output/seen', 'gpu: true\n    labels: [mri]\n    output_mounts: { one: /output }')}
${modelOf('echo $NVIDIA_VISIBLE_DEVICES > /output/seen', 'gpus: 2\n    input_mounts: { one: /input }')}
`

/** Quick on the GPU of b; on those of a it waits until somebody asks it to end, which it then does well. */
const waitingFlow = (port: number): string => `
name: waits-on-a
triggers: [{ Modality: ['^CT$'] }]
models:
${modelOf(
  '[ $NVIDIA_VISIBLE_DEVICES = spare ] || { trap : TERM; sleep 600 & wait; }; cp /input/* /output',
  'gpu: true\n    labels: [mri]',
)}
destinations: [{ host: 127.0.0.1, port: ${port}, ae_title: TPS }]
`

/** Starts a, which knows of Kafka, the registry and S3 only, and of its engine by the command. */
const startA = async (): Promise<void> => {
  const postgres = { url: 'postgres://127.0.0.1:1/none' }
  const servers = { ...inject('endpoints'), postgres, docker: { socketPath: '/nowhere.sock' } }
  const worker = { leaseSeconds, patienceMs: 2000, pollMs: 300 }
  await writeFile(home.environment['RADDEPLOY_CONFIG']!, JSON.stringify({ servers, worker }))
  const offer = ['--slots', '1', '--gpus', '0,1', '--labels', 'mri']
  const args = ['run', 'worker', '--id', 'a', ...offer, '--docker-host', `unix://${engine.socketPath}`]
  a = typed([process.execPath, command, ...args], home.environment)
  await a.says(/^worker: running$/m, 120_000)
}

/** Until it has read its log it offers no slot. */
const offering = () => system.event('WorkerHeartbeat', ({ data }) => data.workerId === 'a' && data.slots > 0)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-lost-'))
  home = await homeFolder()
  // with it the engine offers GPUs: NVIDIA's hook would mount what NVIDIA_VISIBLE_DEVICES asks for
  const hook = '#!/bin/sh\ncat >/dev/null\n'
  await writeFile(join(folder, 'nvidia-container-runtime-hook'), hook, { mode: 0o755 })
  engine = await PrivateEngine.start(folder)
  docker = new Docker({ socketPath: engine.socketPath })
  await busyboxImage(docker, image)
  const others = serviceNames.filter((name) => name !== 'worker')
  system = await startSystem(inject('endpoints'), others)
  hospital = await hospitalOf(system)
  const onEngine = { ...inject('endpoints'), docker: { socketPath: engine.socketPath } }
  const worker = { slots: 1, gpus: ['spare'], labels: ['mri', 'spare'], leaseSeconds, pollMs: 300 }
  await startA()
  b = await startSystem(onEngine, ['worker'], 'b', { worker })
  await system.apply(gpuFlow)
  await system.apply(waitingFlow(hospital.destination.port))
  await offering()
})
afterAll(async () => {
  a?.signal('SIGTERM')
  await a?.ended().catch(() => a.kill())
  for (const flow of ['one-gpu-then-two', 'waits-on-a']) await system?.retire(flow)
  await b?.stop()
  await system?.stop()
  await hospital?.close()
  for (const { Id } of docker ? (await leftOfA()).containers : [])
    await docker.getContainer(Id).remove({ force: true })
  await engine?.remove()
  await home?.remove()
  await rm(folder, { recursive: true, force: true })
})

const runOf = async (kind: 'mr' | 'ct'): Promise<string> => {
  const calling = await hospital.send([(await makeFile(folder, { kind })).path])
  const created = await system.event('RunCreated', ({ data }) => data.calling.aeTitle === calling)
  return created.data.runId
}

/** The text of the only file of a mount. */
const textOf = async (ref: MountRef): Promise<string> => {
  const { store } = system.connections
  const { files } = mountManifestSchema.parse(JSON.parse(String(await store.read(ref.manifest))))
  expect(files).toHaveLength(1)
  return String(await store.read(files[0]!.object)).trim()
}

/** What the models of a run of the first flow were assigned, and what they saw. */
const gpusOfRun = async () => {
  const runId = await runOf('mr')
  await system.event('RunFinished', ({ data }) => data.runId === runId)
  const models = system.events().flatMap((one) => {
    return one.type === 'ModelFinished' && one.data.runId === runId ? [one.data] : []
  })
  return Promise.all(
    models.map(async ({ jobId, workerId, outputs }) => {
      const { data } = await system.event('ModelAssigned', (one) => one.data.jobId === jobId)
      return { workerId, assigned: data.gpus, seen: (await textOf(outputs[0]!)).split(',') }
    }),
  )
}

/** The containers, running or not, and the volumes of a that are on the engine. */
const leftOfA = async () => {
  const filters = withLabels({ [label.worker]: 'a' })
  const containers = await docker.listContainers({ all: true, filters })
  const { Volumes } = await docker.listVolumes({ filters })
  return { containers, count: containers.length + (Volumes ?? []).length }
}

/** Waits until the model of a runs; gives its container. */
const runningOnA = async (): Promise<Docker.Container> => {
  let id: string | undefined
  await until(async () => {
    id = (await leftOfA()).containers.find(({ State }) => State === 'running')?.Id
    return id !== undefined
  }, 'a running container')
  return docker.getContainer(id!)
}

test('a worker needs no database, and offers what its command says', async () => {
  const { data } = await offering()
  expect(data).toMatchObject({ slots: 1, gpus: ['0', '1'], labels: ['mri'], leaseMs: leaseSeconds * 1000 })
})

test('models see the GPUs of the worker that were assigned to them, and no other', async () => {
  const [one, two] = await gpusOfRun()
  expect(one!.workerId).toBe('a')
  expect(['0', '1']).toContainEqual(one!.assigned.join())
  expect(one!.seen).toEqual(one!.assigned)
  expect(two).toMatchObject({ workerId: 'a', seen: two!.assigned })
  expect([...two!.seen].sort()).toEqual(['0', '1'])
})

test.each([
  ['still runs', false],
  ['has ended well meanwhile', true],
])('a worker that comes back when it counts as lost and its model %s', async (_, ends) => {
  const runId = await runOf('ct')
  const first = await system.event('ModelStarted', ({ data }) => data.runId === runId)
  expect(first.data).toMatchObject({ workerId: 'a', attempt: 1 })
  const container = await runningOnA()

  a.signal('SIGSTOP')
  const lost = await system.event('ModelFailed', ({ data }) => data.runId === runId)
  expect(lost.data).toMatchObject({ kind: 'lost', workerId: 'a', attempt: 1 })
  expect(lost.meta.source).toMatch('/dispatcher/')
  const heard = system.events().findLast(({ type, stream }) => type === 'WorkerHeartbeat' && stream === 'a')
  const silence = Date.parse(lost.meta.time) - Date.parse(heard!.meta.time)
  expect(silence).toBeGreaterThanOrEqual(leaseSeconds * 1000)
  const second = await system.event('ModelFinished', ({ data }) => data.runId === runId)
  expect(second.data).toMatchObject({ workerId: 'b', attempt: 2 })
  const ending = await endingOf(system, runId)
  expect(ending.run).toMatchObject({ status: 'finished', deliveryStatus: 'finished', outputFiles: 1 })
  if (ends) await container.stop({ t: 30 })
  expect((await container.inspect()).State).toMatchObject({ Running: !ends, ExitCode: 0 })

  a.signal('SIGCONT')
  await until(async () => (await leftOfA()).count === 0, 'an engine without the attempt', 20_000)
  // whether it still says how its model ended is a matter of luck: so it is said here
  const late = { ...second.data, workerId: 'a', attempt: 1, outputs: [] }
  await system.connections.emitAs('worker', 'a')({ type: 'ModelFinished', stream: runId, data: late })
  expect((await gpusOfRun()).map(({ workerId }) => workerId)).toEqual(['a', 'a'])
  for (const type of ['RunFinished', 'DeliveryQueued', 'DeliveryFinished'] as const)
    expect({ type, events: idsOf(system, type, runId).size }).toEqual({ type, events: 1 })
  expect(idsOf(system, 'ModelQueued', runId).size).toBe(2)
  expect(await endingOf(system, runId)).toEqual(ending)
})
