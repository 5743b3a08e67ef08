import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Recorded } from '../../core/event/event.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { type Destination, startStorescp, storescu } from '../support/dcmtk.ts'
import { makeFile, newUid, readDicomFile } from '../support/dicomFiles.ts'
import { type Behaviour, pdu, response, startPeer } from '../support/peer.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const firstMs = 150
let system: System
let folder: string
const closers: (() => Promise<void>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sent-'))
  system = await startSystem(
    inject('endpoints'),
    ['scp', 'collector', 'fingerprinter', 'scheduler', 'scu', 'projector'],
    'test-scu',
    { scu: { backoff: { firstSeconds: firstMs / 1000, longestSeconds: 1, giveUpAfterHours: 4 / 3600 } } },
  )
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
afterAll(async () => {
  await system.stop()
  await rm(folder, { recursive: true })
})

/** Pushes some instances that a flow sends on to a port; resolves with the delivery. */
const deliver = async (port: number, count = 3) => {
  const studyUid = newUid()
  const name = `to-${port}`
  await system.apply(`
name: ${name}
triggers:
  - StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$']
destinations:
  - {host: 127.0.0.1, port: ${port}, ae_title: ARCHIVE}
`)
  closers.push(() => system.retire(name))
  const paths: string[] = []
  for (let n = 0; n < count; n++) paths.push((await makeFile(folder, { kind: 'ct', studyUid })).path)
  expect((await storescu({ port: system.scpPort }, paths)).exitCode).toBe(0)
  const queued = await system.event('DeliveryQueued', (one) => one.data.destination.port === port)
  const { deliveryId } = queued.data
  const attempts = (): Recorded<'DeliveryAttempted'>[] =>
    (system.events() as Recorded<'DeliveryAttempted'>[]).filter(
      (one) => one.type === 'DeliveryAttempted' && one.data.deliveryId === deliveryId,
    )
  return {
    deliveryId,
    paths,
    attempts,
    attempted: (attempt: number) =>
      system.event(
        'DeliveryAttempted',
        (one) => one.data.deliveryId === deliveryId && one.data.attempt === attempt,
      ),
    finished: () => system.event('DeliveryFinished', (one) => one.data.deliveryId === deliveryId),
    failed: () => system.event('DeliveryFailed', (one) => one.data.deliveryId === deliveryId),
  }
}

/** The row that a person sees, once it says what is expected of it. */
const shown = (deliveryId: string, expected: Readonly<Record<string, unknown>>): Promise<void> =>
  until(
    async () => {
      const { rows } = await system.connections.pool.query<Record<string, unknown>>(
        'select * from raddeploy.delivery_overview where delivery_id = $1',
        [deliveryId],
      )
      return Object.entries(expected).every(([column, value]) => rows[0]?.[column] === value)
    },
    `a row of ${JSON.stringify(expected)}`,
  )

const pausesOf = (attempts: readonly Recorded<'DeliveryAttempted'>[]): number[] =>
  attempts.slice(1).map(({ meta }, n) => Date.parse(meta.time) - Date.parse(attempts[n]!.meta.time))

const peer = async (behaviour: Behaviour) => {
  const started = await startPeer(behaviour)
  closers.push(started.close)
  return started
}

describe('a destination that', () => {
  test('is not there is tried again after growing pauses, shown as pending, and served when it comes', async () => {
    const port = await freePort()
    const delivery = await deliver(port)
    await delivery.attempted(3)
    await shown(delivery.deliveryId, {
      status: 'pending',
      succeeded: 0,
      last_not_attempted: 3,
      last_error_code: 'RD_DICOM_UNREACHABLE',
    })
    const destination: Destination = await startStorescp('ARCHIVE', port)
    closers.push(destination.stop)
    expect((await delivery.finished()).data).toMatchObject({ instances: 3, warned: 0 })
    await shown(delivery.deliveryId, { status: 'finished', succeeded: 3 })

    const attempts = delivery.attempts()
    expect(attempts.map(({ data }) => data.attempt)).toEqual(attempts.map((_, n) => n + 1))
    expect(attempts[0]!.data).toMatchObject({ succeeded: 0, failed: 0, notAttempted: 3 })
    pausesOf(attempts)
      .slice(0, 2)
      .forEach((pause, n) => expect(pause).toBeGreaterThanOrEqual(0.8 * firstMs * 2 ** n))
    const arrived = await destination.received()
    for (const path of delivery.paths) {
      const { sopInstanceUid, dataset } = await readDicomFile(path)
      expect(arrived.get(sopInstanceUid)?.dataset.equals(dataset)).toBe(true)
    }
  })

  test('refuses one instance gets that one again and no other', async () => {
    const seen: string[] = []
    const refusing = await peer({
      onMessage: (message) => {
        seen.push(message.command.AffectedSOPInstanceUID!)
        const isRefused = seen.at(-1) === seen[1] && seen.filter((uid) => uid === seen[1]).length < 3
        return response(message, isRefused ? 0xa700 : 0, { ErrorComment: 'the disk is full' })
      },
    })
    const delivery = await deliver(refusing.port)
    expect((await delivery.attempted(1)).data).toMatchObject({ succeeded: 2, failed: 1, notAttempted: 0 })
    expect((await delivery.finished()).data).toMatchObject({ attempts: 3, instances: 3 })
    expect(new Set(seen).size).toBe(3)
    expect(seen.slice(3)).toEqual([seen[1], seen[1]])
  })

  test('dies in the middle gets what it has not acknowledged', async () => {
    let dying = true
    const mortal = await peer({
      onMessage: (message, socket) => {
        if (!dying || message.command.MessageID === 1) return response(message, 0)
        dying = false
        socket.destroy()
        return undefined
      },
    })
    const delivery = await deliver(mortal.port)
    expect((await delivery.attempted(1)).data).toMatchObject({ succeeded: 1, failed: 0, notAttempted: 2 })
    expect((await delivery.finished()).data).toMatchObject({ attempts: 2, instances: 3 })
    expect(mortal.messages).toHaveLength(4)
  })

  test('rejects the association is named with its reason, and given up at the deadline', async () => {
    const rejecting = await peer({ onAssociate: (socket) => socket.end(pdu(3, Buffer.from([0, 1, 1, 7]))) })
    const delivery = await deliver(rejecting.port, 1)
    const { data } = await delivery.attempted(1)
    expect(data).toMatchObject({ code: 'RD_DICOM_REJECTED', notAttempted: 1 })
    expect(data.error).toMatch(/called AE title not recognized/)
    const { attempts, reason } = (await delivery.failed()).data
    expect(attempts).toBeGreaterThan(3)
    expect(reason).toMatch(/deadline/)
    await shown(delivery.deliveryId, { status: 'failed', attempts, reason })
    const pauses = pausesOf(delivery.attempts())
    expect(pauses.at(-1)).toBeGreaterThan(pauses[0]!)
    expect(rejecting.requests).toHaveLength(attempts)
  })
})
