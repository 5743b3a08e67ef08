import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { raddeploy } from '../support/command.ts'
import { makeFile } from '../support/dicomFiles.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const image = 'rd-test/endless:1'
let system: System
let hospital: Hospital
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-cancel-'))
  system = await startSystem(inject('endpoints'))
  hospital = await hospitalOf(system)
  const { instance, servers, scp } = system.config
  await writeFile(join(folder, 'raddeploy.yaml'), JSON.stringify({ instance, servers, scp, user: 'night' }))
  await busyboxImage(system.connections.docker, image)
  await system.apply(`
name: endless
triggers: [{ Modality: ['^MR$'] }]
models:
  - docker_kwargs: { image: ${image}, command: [sh, -c, "trap '' TERM; while true; do sleep 1; done"] }
    pull_before_exec: false
    output_mounts: { a: /output }
  - docker_kwargs: { image: ${image}, command: [sh, -c, 'cp /input/* /output'] }
    pull_before_exec: false
    input_mounts: { a: /input }
destinations: [{ host: 127.0.0.1, port: ${hospital.destination.port}, ae_title: TPS }]
`)
})
afterAll(async () => {
  await system.retire('endless')
  await system.connections.docker.getImage(image).remove({ force: true })
  await system.stop()
  await hospital.close()
  await rm(folder, { recursive: true, force: true })
})

const call = (...args: string[]) =>
  raddeploy(args, { RADDEPLOY_HOME: folder, RADDEPLOY_CONFIG: join(folder, 'raddeploy.yaml') })

test('a cancelled run stops its container within seconds, says who and why, and sends nothing', async () => {
  const { docker } = system.connections
  const calling = await hospital.send([(await makeFile(folder, { kind: 'mr' })).path])
  const { data } = await system.event('RunCreated', (event) => event.data.calling.aeTitle === calling)
  const { runId } = data
  const started = await system.event('ModelStarted', (event) => event.data.runId === runId)
  const container = docker.getContainer(started.data.containerId)
  await until(async () => (await container.inspect()).State.Running, 'the container')
  await until(async () => (await call('runs', 'show', runId)).exitCode === 0, 'the run in the tables')

  const asked = await call('runs', 'cancel', runId, '--reason', 'wrong patient', '--json')
  expect(asked).toMatchObject({ exitCode: 0, stderr: '' })
  expect(JSON.parse(asked.stdout)).toEqual({ runId, status: 'cancelled' })
  const cancelled = await system.event('RunCancelled', (event) => event.data.runId === runId)
  expect(cancelled.data).toMatchObject({ by: 'night', reason: 'wrong patient', attempts: [{ attempt: 1 }] })

  const labelled = { filters: { label: [`raddeploy.run=${runId}`] } }
  const left = async (): Promise<number> =>
    (await docker.listContainers({ all: true, ...labelled })).length +
    ((await docker.listVolumes(labelled)).Volumes ?? []).length
  await until(async () => (await left()) === 0, 'nothing left of it', 5000)

  const again = await call('runs', 'cancel', runId)
  expect(again.exitCode).toBe(1)
  expect(again.stderr).toMatch(/has ended before: cancelled/)
  const shown = JSON.parse((await call('runs', 'show', runId, '--json')).stdout) as {
    run: { status: string; cancelledBy: string }
    models: { status: string }[]
  }
  expect(shown.run).toMatchObject({ status: 'cancelled', cancelledBy: 'night' })
  expect(shown.models.map(({ status }) => status)).toEqual(['cancelled'])
  expect(system.events().filter(({ type }) => type === 'DeliveryQueued')).toEqual([])
})
