import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { serviceNames } from '../../app/names.ts'
import { type Recorded, topicOf } from '../../core/event/event.ts'
import { partitionOf } from '../../core/event/partition.ts'
import { requestCancel } from '../../producers/commands/index.ts'
import { makeFile } from '../support/dicomFiles.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const image = 'rd-test/short:1'
/** Four of each priority. */
const flows = Array.from({ length: 24 }, (_, index) => ({ name: `short-${index}`, priority: index % 6 }))
let folder: string
let system: System
let worker: System
let hospital: Hospital
/** The run that lasts. */
let long: string

const flow = (name: string, priority: number, modality: string, command: string): string => `
name: ${name}
priority: ${priority}
triggers: [{ Modality: ['^${modality}$'] }]
models:
  - docker_kwargs: { image: ${image}, command: [sh, -c, '${command}'] }
    pull_before_exec: false
`

const startWorker = (): Promise<System> =>
  startSystem(inject('endpoints'), ['worker'], 'four-slots', { worker: { slots: 4, cpus: 4 } })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-many-'))
  system = await startSystem(
    inject('endpoints'),
    serviceNames.filter((name) => name !== 'worker'),
  )
  hospital = await hospitalOf(system)
  await busyboxImage(system.connections.docker, image)
  await system.apply(flow('long', 0, 'CT', 'sleep 600'))
  for (const { name, priority } of flows)
    await system.apply(flow(name, priority, 'MR', 'cp /input/* /output'))
})
afterAll(async () => {
  const asking = {
    emit: system.connections.emitAs('commands'),
    by: 'test',
    reason: null,
    correlationId: long,
  }
  await requestCancel(long, asking)
  const { docker } = system.connections
  const left = () => docker.listContainers({ all: true, filters: { label: [`raddeploy.run=${long}`] } })
  await until(async () => (await left()).length === 0, 'the end of the long one')
  for (const { name } of [{ name: 'long' }, ...flows]) await system.retire(name)
  await worker.stop()
  await docker.getImage(image).remove({ force: true })
  await system.stop()
  await hospital.close()
  await rm(folder, { recursive: true, force: true })
})

/** Events of our own runs: what earlier tests have left may still come to its end. */
const of = <T extends 'ModelQueued' | 'ModelAssigned' | 'ModelFinished' | 'ModelFailed' | 'RunFinished'>(
  type: T,
) => {
  const own = new Set(
    system
      .events()
      .flatMap(({ type: created, data }) =>
        created === 'RunCreated' && /^(long|short-\d+)$/.test(data.flowName) ? [data.runId] : [],
      ),
  )
  return system
    .events()
    .filter(
      (event) => event.type === type && own.has((event.data as { runId: string }).runId),
    ) as unknown as readonly Recorded<T>[]
}

describe('a queue of many runs, and a long one before them', () => {
  beforeAll(async () => {
    worker = await startWorker()
    await hospital.send([(await makeFile(folder, { kind: 'ct' })).path])
    long = (await system.event('RunCreated', ({ data }) => data.flowName === 'long')).data.runId
    await system.event('ModelStarted', ({ data }) => data.runId === long)
    await worker.stop()
    await hospital.send([(await makeFile(folder, { kind: 'mr' })).path])
    await system.event('ModelQueued', () => of('ModelQueued').length === 1 + flows.length)
    worker = await startWorker()
    await system.event('RunFinished', () => of('RunFinished').length === flows.length)
  })

  test('goes by priority, then by age, and none is lost', () => {
    const queued = new Map(of('ModelQueued').map((event) => [event.data.jobId, event]))
    const started = of('ModelAssigned')
      .filter(({ data }) => data.runId !== long)
      .map(({ data }) => queued.get(data.jobId)!)
    expect(started).toHaveLength(flows.length)
    expect(started.map(({ data }) => data.priority)).toEqual(
      flows.map(({ priority }) => priority).sort((a, b) => b - a),
    )
    expect(new Set(of('RunFinished').map(({ data }) => data.flowName))).toEqual(
      new Set(flows.map(({ name }) => name)),
    )
  })

  test('is not held up by the long one, not even on its own partition', () => {
    const place = (runId: string): number => partitionOf(topicOf('ModelStarted'), runId)
    const behind = of('RunFinished').filter(({ data }) => place(data.runId) === place(long))
    expect(behind.length).toBeGreaterThan(0)
    expect(of('ModelFailed')).toEqual([])
    expect(of('ModelFinished').filter(({ data }) => data.runId === long)).toEqual([])
  })

  test('takes every slot', () => {
    const slots = of('ModelAssigned').map(({ data }) => data.slot)
    expect([...new Set(slots)].sort()).toEqual([0, 1, 2, 3])
  })
})
