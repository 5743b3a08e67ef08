import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort } from '../../infra/embedded/ports.ts'
import { shapes } from '../contracts/shapes.ts'
import { commandOn } from '../support/command.ts'
import { type Destination, startStorescp, storescu } from '../support/dcmtk.ts'
import { makeFile, newUid } from '../support/dicomFiles.ts'
import { response, startPeer } from '../support/peer.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

let system: System
let folder: string
let call: Awaited<ReturnType<typeof commandOn>>
const closers: (() => Promise<void>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-acted-'))
  system = await startSystem(
    inject('endpoints'),
    ['scp', 'collector', 'fingerprinter', 'scheduler', 'scu', 'projector'],
    'test-acted',
    { scu: { backoff: { firstSeconds: 0.2, longestSeconds: 0.5, giveUpAfterHours: 1 / 3600 } } },
  )
  call = await commandOn(system, folder)
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
afterAll(async () => {
  await system.stop()
  await rm(folder, { recursive: true })
})

const data = async <Name extends keyof typeof shapes>(shape: Name, ...args: string[]) => {
  const { exitCode, stdout, stderr } = await call(...shape.split(' '), ...args, '--json')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return shapes[shape].parse(JSON.parse(stdout)) as ReturnType<(typeof shapes)[Name]['parse']>
}
/** Pushes two instances that a flow sends on to a port; gives the id of the delivery. */
const deliver = async (port: number): Promise<string> => {
  const studyUid = newUid()
  const name = `acted-${port}-${closers.length}`
  await system.apply(`
name: ${name}
triggers: [{ StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$'] }]
destinations: [{ host: 127.0.0.1, port: ${port}, ae_title: ARCHIVE }]
`)
  closers.push(() => system.retire(name))
  const paths: string[] = []
  for (let n = 0; n < 2; n++) paths.push((await makeFile(folder, { kind: 'ct', studyUid })).path)
  expect((await storescu({ port: system.scpPort }, paths)).exitCode).toBe(0)
  const queued = await system.event('DeliveryQueued', (one) => one.data.flowName === name)
  return queued.data.deliveryId
}
const archive = async (port: number): Promise<Destination> => {
  const started = await startStorescp('ARCHIVE', port)
  closers.push(started.stop)
  return started
}
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

describe('a delivery', () => {
  test('that failed is listed with the reason, shown with each instance, and arrives when it is tried again', async () => {
    const port = await freePort()
    const deliveryId = await deliver(port)
    await shown(deliveryId, { status: 'failed' })
    const name = `ARCHIVE@127.0.0.1:${port}`
    const [listed] = await data('deliveries list', '--status', 'failed', '--destination', name)
    expect(listed).toMatchObject({ deliveryId, sendsTo: name, succeeded: 0 })
    expect(listed!['reason']).toMatch(/before the deadline/)
    const { instances } = await data('deliveries show', deliveryId.slice(0, 13))
    expect(instances.map(({ outcome }) => outcome)).toEqual(['notAttempted', 'notAttempted'])

    const destination = await archive(port)
    expect(
      await data('deliveries retry', '--failed', '--destination', name, '--reason', 'it is up'),
    ).toMatchObject([{ deliveryId, asked: true, answered: true }])
    await shown(deliveryId, { status: 'finished', reopened_by: 'physicist', reopened_reason: 'it is up' })
    expect((await destination.received()).size).toBe(2)
    const after = await data('deliveries show', deliveryId)
    expect(after.history.map((one) => one['type'])).toEqual(
      expect.arrayContaining(['DeliveryFailed', 'RetryRequested', 'DeliveryReopened', 'DeliveryFinished']),
    )
    expect(after.instances.map(({ outcome, status }) => [outcome, status])).toEqual([
      ['success', 0],
      ['success', 0],
    ])
    const again = await call('deliveries', 'retry', deliveryId, '--json')
    expect(again.exitCode).not.toBe(0)
    expect(again.stderr + again.stdout).toContain('RD_DELIVERY_FINISHED')
  })

  test('sends what is left of it elsewhere when it is redirected, and nothing of what had arrived', async () => {
    let first: string | undefined
    const refusing = await startPeer({
      onMessage: (message) => {
        first ??= message.command.AffectedSOPInstanceUID
        return response(message, message.command.AffectedSOPInstanceUID === first ? 0 : 0xa700)
      },
    })
    closers.push(refusing.close)
    const deliveryId = await deliver(refusing.port)
    await shown(deliveryId, { status: 'failed', succeeded: 1 })
    const port = await freePort()
    const other = await archive(port)
    const to = `ARCHIVE@127.0.0.1:${port}`
    expect(await data('deliveries redirect', deliveryId, '--to', to)).toMatchObject([{ to, answered: true }])
    await shown(deliveryId, { status: 'finished', sends_to: to, succeeded: 2 })
    const arrived = [...(await other.received()).keys()]
    expect(arrived).toHaveLength(1)
    expect(arrived).not.toContain(first)
  })

  test('for a paused destination waits, with who paused it and why, and goes when that is resumed', async () => {
    const port = await freePort()
    const destination = await archive(port)
    await shown(await deliver(port), { status: 'finished' })
    const name = `ARCHIVE@127.0.0.1:${port}`
    expect(await data('destinations pause', name, '--reason', 'maintenance')).toMatchObject({
      ...{ name, paused: true, changed: true },
    })
    const waiting = await deliver(port)
    const dropped = await deliver(port)
    await shown(waiting, { status: 'pending', paused_by: 'physicist', paused_reason: 'maintenance' })
    await shown(dropped, { status: 'pending' })
    const listed = (await data('destinations list')).find((one) => one['name'] === name)
    expect(listed).toMatchObject({ pending: 2, finished: 1, pausedBy: 'physicist' })
    expect(await data('deliveries drop', dropped, '--reason', 'not needed')).toMatchObject([
      { status: 'dropped' },
    ])
    expect(
      system.events().filter(({ type, stream }) => type === 'DeliveryAttempted' && stream === waiting),
    ).toEqual([])

    expect(await data('destinations resume', name)).toMatchObject({ paused: false, changed: true })
    await shown(waiting, { status: 'finished' })
    await shown(dropped, { status: 'dropped', dropped_by: 'physicist', reason: 'not needed', succeeded: 0 })
    expect((await destination.received()).size).toBe(4)
    const { stdout } = await call('deliveries', 'list', '--destination', name)
    expect(stdout.split('\n').filter((line) => line.includes('by physicist: not needed'))).toHaveLength(1)
  })
})
