import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { findWorker } from '../../projections/workers/queries.ts'
import { shapes } from '../contracts/shapes.ts'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { commandOn } from '../support/command.ts'
import { makeFile } from '../support/dicomFiles.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'
import { usualServices } from '../support/usualServices.ts'

const image = 'rd-test/command-line:1'
const name = 'command-line'
let system: System
let hospital: Hospital
let folder: string
let runId: string

let call: Awaited<ReturnType<typeof commandOn>>
const data = async <Name extends keyof typeof shapes>(shape: Name, ...args: string[]) => {
  const { exitCode, stdout, stderr } = await call(...shape.split(' '), ...args, '--json')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return shapes[shape].parse(JSON.parse(stdout)) as ReturnType<(typeof shapes)[Name]['parse']>
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-command-'))
  system = await startSystem(inject('endpoints'))
  hospital = await hospitalOf(system)
  call = await commandOn(system, folder)
  await busyboxImage(system.connections.docker, image)
  await writeFile(
    join(folder, 'flow.yaml'),
    `name: ${name}
triggers: [{ Modality: ['^MR$'] }]
models:
  - name: copy
    docker_kwargs: { image: ${image}, command: [sh, -c, 'echo copied; cp /input/* /output/'] }
    pull_before_exec: false
destinations: [{ host: 127.0.0.1, port: ${hospital.destination.port}, ae_title: TPS }]
`,
  )
  const [applied] = await data('flows apply', join(folder, 'flow.yaml'))
  expect(applied).toMatchObject({ name, change: 'defined' })
  await system.event('FlowDefined', (event) => event.data.name === name)
  const { path } = await makeFile(folder, { kind: 'mr' })
  const sent = await data('send', path, '--to', `RADDEPLOY@127.0.0.1:${system.scpPort}`, '--calling', 'CMD')
  expect(sent).toMatchObject({ sent: 1, failed: 0 })
  runId = await hospital.delivered('CMD', name)
  await until(async () => (await data('runs show', runId)).run.deliveryStatus === 'finished')
})
afterAll(async () => {
  await system.retire(name)
  await system.connections.docker.getImage(image).remove({ force: true })
  await system.stop()
  await hospital.close()
  await rm(folder, { recursive: true, force: true })
})

describe('the command line on a running system', () => {
  test('says where everything answers and that every processor runs', async () => {
    const { endpoints, processors } = await data('status')
    expect(endpoints.scp).toEqual({ host: '127.0.0.1', port: system.scpPort, aeTitle: 'RADDEPLOY' })
    expect(endpoints.kafka).toEqual(system.config.servers!.kafka)
    expect(processors.map((one) => [one.name, one.state])).toEqual(
      usualServices.map((service) => [service, 'running']),
    )
  })

  test('applies a flow once: the same definition again changes nothing', async () => {
    expect(await data('flows apply', join(folder, 'flow.yaml'))).toMatchObject([{ change: 'unchanged' }])
    const flow = (await data('flows list')).find((one) => one['name'] === name)
    expect(flow).toMatchObject({ status: 'active', appliedBy: 'physicist' })
  })

  test('gives back a flow as it was applied, by name or hash, and its history', async () => {
    const source = await readFile(join(folder, 'flow.yaml'), 'utf8')
    const [version] = await data('flows history', name)
    expect(version).toMatchObject({ change: 'defined', by: 'physicist', file: 'flow.yaml' })
    const shown = await data('flows show', name)
    expect(shown).toMatchObject({ name, source, hash: version!['hash'], inForce: true })
    const { exitCode, stdout } = await call('flows', 'show', String(shown['hash']).slice(0, 12))
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: source.trimEnd() })
  })

  test('shows a run by the first letters of its id, with models, deliveries and history', async () => {
    expect((await data('runs list', '--flow', name)).map((run) => run['runId'])).toEqual([runId])
    const { run, models, deliveries, timeline } = await data('runs show', runId.slice(0, 12))
    expect(run).toMatchObject({ runId, status: 'finished', callingAe: 'CMD' })
    expect(models).toMatchObject([{ name: 'copy', status: 'finished' }])
    expect(deliveries).toMatchObject([{ status: 'finished', aeTitle: 'TPS' }])
    expect(timeline.map((event) => event['type'])).toEqual([
      'AssociationOpened',
      'AssociationClosed',
      'BundleClosed',
      'TriggerMatched',
      'RunCreated',
      'ModelQueued',
      'ModelAssigned',
      'ModelStarted',
      'ModelFinished',
      'RunFinished',
      'DeliveryQueued',
      'DeliveryAttempted',
      'DeliveryFinished',
    ])
  })

  test('gives what a model printed', async () => {
    const log = expect.stringContaining('copied') as string
    expect(await data('runs logs', runId)).toEqual([{ name: 'copy', attempt: 1, status: 'finished', log }])
    const { exitCode, stderr } = await call('runs', 'logs', runId, '--model', 'paste')
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/RD_NOT_FOUND: .* has no model paste; it has copy$/) as string,
    })
  })

  test('shows the same event by its id and by its place on the log', async () => {
    const { timeline } = await data('runs show', runId)
    const { id, topic, partition, offset } = timeline.find((event) => event['type'] === 'RunFinished') as {
      id: string
      topic: string
      partition: number
      offset: number
    }
    const byPlace = await data('events show', `${topic.replace('raddeploy.', '')}/${partition}@${offset}`)
    expect(byPlace).toMatchObject({ type: 'RunFinished', id, data: { runId } })
    expect(await data('events show', id)).toEqual(byPlace)
  })

  test('gives the last events of a topic, one JSON object a line', async () => {
    const { stdout } = await call('events', 'tail', '--topic', 'runs', '--limit', '3', '--json')
    const events = stdout.split('\n').map((line) => shapes['events tail'].parse(JSON.parse(line)))
    expect(events).toHaveLength(3)
    for (const { at } of events) expect(at.topic).toBe('raddeploy.runs')
  })

  test('lists the worker with what it offers, drains it, and lets it have models again, as often as one likes', async () => {
    const workerId = system.config.instance
    const worker = (await data('workers list')).find((one) => one['workerId'] === workerId)!
    expect(worker).toMatchObject({ status: 'ready', slotsUsed: 0, gpus: [], drainedAt: null })
    expect(worker['memory']).toBeGreaterThan(0)
    const drained = { workerId, status: 'drained', drained: true, slotsUsed: 0, changed: true }
    const ready = { ...drained, status: 'ready', drained: false }
    const drain = () => data('workers drain', workerId, '--reason', 'new GPU')
    expect(await drain()).toEqual(drained)
    expect(await drain()).toEqual({ ...drained, changed: false })
    expect(await data('workers resume', workerId)).toEqual(ready)
    expect(await drain()).toEqual(drained)
    expect(await findWorker(system.connections, workerId)).toMatchObject({
      drainedBy: 'physicist',
      drainedReason: 'new GPU',
    })
    expect(await data('workers resume', workerId)).toEqual(ready)
    const asked = system.events().filter((event) => event.at.topic === 'raddeploy.commands')
    expect(asked.map(({ type, stream }) => [type, stream])).toEqual(
      ['WorkerDrained', 'WorkerResumed', 'WorkerDrained', 'WorkerResumed'].map((type) => [type, workerId]),
    )
  })

  test('says which files of a folder were not taken, and ends with exit code 1', async () => {
    const { exitCode, stdout } = await call(
      ...['send', folder, '--to', `RADDEPLOY@127.0.0.1:${system.scpPort}`, '--calling', 'MIXED', '--json'],
    )
    expect(exitCode).toBe(1)
    const { sent, results } = shapes.send.parse(JSON.parse(stdout))
    expect(sent).toBe(1)
    expect(results.find(({ id }) => id.endsWith('flow.yaml'))).toMatchObject({ outcome: 'failure' })
  })

  test('makes the tables anew from the log, and the history of a run is there again', async () => {
    const before = await data('projections digest')
    expect((await data('projections rebuild')).records).toBeGreaterThan(0)
    // Heartbeats come in while we look, so the digests differ: what stays is the history of one run.
    expect(Object.keys(await data('projections digest'))).toEqual(Object.keys(before))
    expect((await data('runs show', runId)).timeline).toHaveLength(13)
  })
})
