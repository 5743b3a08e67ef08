import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Partitioners } from 'kafkajs'
import { expect, inject, test } from 'vitest'
import { makeFile } from '../support/dicomFiles.ts'
import { hospitalOf } from '../support/hospital.ts'
import { startSystem } from '../support/system.ts'

test('a record that cannot be decoded is dead-lettered with its position, and everything goes on', async () => {
  const system = await startSystem(inject('endpoints'))
  const hospital = await hospitalOf(system)
  const folder = await mkdtemp(join(tmpdir(), 'rd-poison-'))
  const producer = system.connections.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  try {
    await producer.connect()
    const positions: string[] = []
    for (const topic of ['arrivals', 'bundles', 'runs', 'deliveries'])
      for (const partition of [0, 1, 2, 3]) {
        const value = partition % 2 === 0 ? Buffer.from('rubbish') : null
        const [sent] = await producer.send({
          topic: `raddeploy.${topic}`,
          messages: [{ key: 'poison', value, partition }],
        })
        positions.push(`raddeploy.${topic}/${partition}@${sent!.baseOffset}`)
      }
    for (const position of positions) {
      const [, topic, partition, offset] = /^(.*)\/(\d)@(\d+)$/.exec(position)!
      const put = await system.event(
        'DeadLettered',
        ({ data }) =>
          data.topic === topic && data.partition === Number(partition) && data.offset === Number(offset),
      )
      expect(put.data).toMatchObject({ code: 'RD_EVENT_UNDECODABLE', key: Buffer.from('poison') })
      expect(put.data.value?.toString() ?? null).toBe(Number(partition) % 2 === 0 ? 'rubbish' : null)
    }

    await system.apply(`
name: after-poison
triggers: [{ Modality: ['^MR$'] }]
destinations: [{ host: 127.0.0.1, port: ${hospital.destination.port}, ae_title: TPS }]
`)
    const calling = await hospital.send([(await makeFile(folder, { kind: 'mr' })).path])
    await hospital.delivered(calling, 'after-poison')
    expect(hospital.destination.received.size).toBe(1)
  } finally {
    await producer.disconnect()
    await system.retire('after-poison')
    await system.stop()
    await hospital.close()
    await rm(folder, { recursive: true, force: true })
  }
})
