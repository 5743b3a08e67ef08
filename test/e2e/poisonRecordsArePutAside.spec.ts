import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startDestination } from '../../app/demo/destination.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { makeFile } from '../support/dicomFiles.ts'
import { hospitalOf } from '../support/hospital.ts'
import { type Poison, poison } from '../support/poison.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const image = 'rd-test/after-poison:1'
let system: System
let folder: string
let laid: readonly Poison[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-poison-'))
  const scu = { backoff: { firstSeconds: 0.2 } }
  system = await startSystem(inject('endpoints'), undefined, undefined, { scu })
  await busyboxImage(system.connections.docker, image)
  laid = await poison(system.connections.kafka, system.connections.codec)
})
afterAll(async () => {
  await system.connections.docker.getImage(image).remove({ force: true })
  await system.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('records that are no events, on every topic', () => {
  test('are dead-lettered, each with its position, its key and all its bytes', async () => {
    for (const { topic, partition, offset, value, type } of laid) {
      const put = await system.event(
        'DeadLettered',
        ({ data }) => data.topic === topic && data.partition === partition && data.offset === offset,
      )
      expect(put.data).toMatchObject({ code: 'RD_EVENT_UNDECODABLE', key: Buffer.from('poison'), value })
      expect(put.data.headers['ce_type']).toBe(type)
      expect(put.data.reason).toContain(`${topic}/${partition}@${offset}`)
    }
  })

  test('are in the tables as what they are', async () => {
    const known = async (): Promise<Set<string>> => {
      const { rows } = await system.connections.pool.query<{ place: string }>(
        `select topic || '/' || partition || '@' || "offset" as place from raddeploy.undecodable_records`,
      )
      return new Set(rows.map(({ place }) => place))
    }
    await until(async () => {
      const places = await known()
      return laid.every(({ topic, partition, offset }) => places.has(`${topic}/${partition}@${offset}`))
    }, 'a row for each record that is no event')
  })

  test('stop nobody: a flow is applied, its model runs, and its delivery is tried again in time', async () => {
    const hospital = await hospitalOf(system)
    const port = await freePort()
    await system.apply(`
name: after-poison
triggers: [{ Modality: ['^MR$'] }]
models:
  - docker_kwargs: { image: ${image}, command: [sh, -c, 'cp /input/* /output'] }
    pull_before_exec: false
destinations: [{ host: 127.0.0.1, port: ${port}, ae_title: TPS }]
`)
    const calling = await hospital.send([(await makeFile(folder, { kind: 'mr' })).path])
    const { data } = await system.event('RunCreated', (event) => event.data.calling.aeTitle === calling)
    const queued = await system.event('DeliveryQueued', (event) => event.data.runId === data.runId)
    await system.event('DeliveryAttempted', (event) => event.stream === queued.stream)
    const late = await startDestination({ port, folder, logger: pino({ level: 'silent' }) })
    await hospital.delivered(calling, 'after-poison')
    expect(late.received.size).toBe(1)
    await system.retire('after-poison')
    await late.close()
    await hospital.close()
  })
})
