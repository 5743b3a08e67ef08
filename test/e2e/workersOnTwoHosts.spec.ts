import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { PrivateEngine } from '../integration/docker/privateEngine.ts'
import { serviceNames } from '../../app/names.ts'
import { makeFile } from '../support/dicomFiles.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

/** Each Docker Engine stands for a host of its own; its worker talks to Kafka and S3 only. */
interface Host {
  readonly engine: PrivateEngine
  readonly docker: Docker
  worker: System
}

const image = 'rd-test/step:1'
let folder: string
let system: System
let hospital: Hospital
let hosts: readonly Host[]

const startWorker = (id: string, { engine }: Pick<Host, 'engine'>, labels: string[]): Promise<System> =>
  startSystem({ ...inject('endpoints'), docker: { socketPath: engine.socketPath } }, ['worker'], id, {
    worker: { slots: 2, cpus: 2, labels, leaseSeconds: 5, patienceMs: 2000, pollMs: 300 },
  })

/** Twelve models: four chains of three that start side by side and end in one, which waits for all. */
const flow = (port: number): string => {
  const step = (inputs: string, outputs: string, more = ''): string => `
  - docker_kwargs: { image: '${image}', command: [sh, -c, 'sleep 0.4; cat /in/*/* > /out/result'] }
    pull_before_exec: false
    input_mounts: { ${inputs} }
    output_mounts: { ${outputs} }${more}`
  const chains = ['a', 'b', 'c'].flatMap((name) => [
    step('src: /in/src', `${name}1: /out`),
    step(`${name}1: /in/one`, `${name}2: /out`),
    step(`${name}2: /in/two`, `${name}3: /out`),
  ])
  const last = [
    step('a3: /in/a, b3: /in/b', 'ab: /out', '\n    labels: [second]'),
    step('c3: /in/c', 'c4: /out', '\n    labels: [first]'),
    step('ab: /in/ab, c4: /in/c', 'dst: /out'),
  ]
  return `
name: twelve-models
triggers: [{ Modality: ['^MR$'] }]
models:${[...chains, ...last].join('')}
destinations: [{ host: 127.0.0.1, port: ${port}, ae_title: TPS }]
`
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-hosts-'))
  const services = serviceNames.filter((name) => name !== 'worker')
  system = await startSystem(inject('endpoints'), services)
  hospital = await hospitalOf(system)
  const engines = await Promise.all([PrivateEngine.start(), PrivateEngine.start()])
  hosts = await Promise.all(
    engines.map(async (engine, index): Promise<Host> => {
      const docker = new Docker({ socketPath: engine.socketPath })
      await busyboxImage(docker, image)
      const worker = await startWorker(`host-${index}`, { engine }, ['first', 'second'])
      return { engine, docker, worker }
    }),
  )
})
afterAll(async () => {
  await system.retire('twelve-models')
  await Promise.all(hosts.map(({ worker }) => worker.stop()))
  await system.stop()
  await hospital.close()
  await Promise.all(hosts.map(({ engine }) => engine.remove()))
  await rm(folder, { recursive: true, force: true })
})

/** Runs the flow; `during` happens once its first models have started. */
const run = async (during: () => Promise<unknown> = () => Promise.resolve()) => {
  const before = system.events().length
  const calling = await hospital.send([(await makeFile(folder, { kind: 'mr' })).path])
  const { data } = await system.event('RunCreated', (event) => event.data.calling.aeTitle === calling)
  await system.event('ModelStarted', (event) => event.data.runId === data.runId)
  await during()
  const finished = await system.event('RunFinished', (event) => event.data.runId === data.runId, 120_000)
  const events = system.events().slice(before)
  const ended = events.flatMap((event) =>
    event.type === 'ModelFinished' && event.data.runId === data.runId ? [event.data] : [],
  )
  return { finished, ended, events }
}

test('a run of twelve models uses both hosts, each model once', async () => {
  await system.apply(flow(hospital.destination.port))
  const { finished, ended } = await run()
  expect(finished.data.output.files).toBe(1)
  expect(new Set(ended.map(({ jobId }) => jobId)).size).toBe(12)
  expect(ended).toHaveLength(12)
  expect([...new Set(ended.map(({ workerId }) => workerId))].sort()).toEqual(['host-0', 'host-1'])
})

test('it ends well when one of the hosts loses its Docker Engine in the middle', async () => {
  const [first] = hosts as [Host]
  const { finished, ended, events } = await run(() => first.engine.kill())
  expect(finished.data.output.files).toBe(1)
  expect(new Set(ended.map(({ jobId }) => jobId)).size).toBe(12)
  // what it had is tried again elsewhere; nothing is the model's fault
  for (const event of events) if (event.type === 'ModelFailed') expect(event.data.kind).toBe('engine')
  const last = ended.find(({ outputs }) => outputs[0]!.name === 'dst')!
  expect(last.workerId).toBe('host-1')
})

test('such a host gets models again when its engine is back, and keeps nothing of those that it lost', async () => {
  const [first] = hosts as [Host]
  await first.engine.start()
  const { ended } = await run()
  expect([...new Set(ended.map(({ workerId }) => workerId))].sort()).toEqual(['host-0', 'host-1'])
  const left = async () => (await first.docker.listContainers({ all: true })).length
  await until(async () => (await left()) === 0, 'nothing left of what it ran')
})
