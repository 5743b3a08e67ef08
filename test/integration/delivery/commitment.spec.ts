import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { decide } from '../../../processors/scu/decide.ts'
import { evolve } from '../../../processors/scu/evolve.ts'
import { type Delivery } from '../../../processors/scu/state.ts'
import { defaultBackoff } from '../../../processors/scu/backoff.ts'
import { freePort } from '../../../infra/embedded/ports.ts'
import { delivering, destinationIn, dicomFile } from '../../support/delivering.ts'
import { an } from '../../support/events.ts'
import { startPeer } from '../../support/peer.ts'
import { type Listening, listening } from '../../support/listening.ts'
import { python } from '../../support/pynetdicom.ts'

const program = fileURLToPath(new URL('../../support/committingScp.py', import.meta.url))
const running: Listening[] = []
const stopAll = () => Promise.all(running.splice(0).map((one) => one.stop()))
afterEach(stopAll)
/** pynetdicom as an archive that commits itself to what it says. */
const archive = async (what: string, port?: number): Promise<number> => {
  const free = port ?? (await freePort())
  running.push(await listening(free, [await python(), program, String(free), what]))
  return free
}
const files = { a: dicomFile(1), b: dicomFile(2), c: dicomFile(3) }
const parts = (timeout = 5) => {
  const timeouts = { connectMs: 3000, associationMs: 3000, responseMs: 3000 }
  const { attempt, delivery, after, resultsOf } = delivering({ timeouts })
  return {
    attempt,
    after,
    resultsOf,
    to: (port: number) => {
      const node = `{host: 127.0.0.1, port: ${port}, ae_title: ARCHIVE, commitment: {timeout: ${timeout}}}`
      return delivery(destinationIn(node), files)
    },
  }
}
/** What is decided after an attempt. */
const decided = (
  { after, to }: ReturnType<typeof parts>,
  port: number,
  fact: Parameters<ReturnType<typeof parts>['after']>[1],
): string[] => {
  const event = an.deliveryAttempted(fact!.data)
  const state = { ...after(to(port), fact!), last: event }
  return decide(defaultBackoff)(state, event, new Map()).map(({ type }) => type)
}

describe('a delivery to a destination that is to commit itself', () => {
  test('is finished once it has, for every instance', async () => {
    const port = await archive('all')
    const all = parts()
    const fact = await all.attempt(all.to(port))
    expect(fact.data).toMatchObject({ succeeded: 3, committed: 3, failed: 0, notAttempted: 0, error: null })
    expect(all.resultsOf(fact).map(({ committed }) => committed)).toEqual([true, true, true])
    expect(decided(all, port, fact)).toEqual(['DeliveryFinished'])
  })

  test('is not finished while it has not; nothing is sent twice, and it is asked again', async () => {
    const port = await archive('none')
    const all = parts(1)
    const files = all.to(port)
    const first = await all.attempt(files)
    expect(first.data).toMatchObject({
      succeeded: 3,
      committed: 0,
      notAttempted: 0,
      error: null,
    })
    expect(decided(all, port, first)).toEqual([])
    await stopAll()
    // It comes back without what it had: so it must say that it does not have it, were it not sent again.
    await archive('all', port)
    const second = await all.attempt(all.after(files, first))
    expect(second.data).toMatchObject({ succeeded: 0, failed: 3, committed: 0 })
    const third = await all.attempt(all.after(files, first, second))
    expect(third.data).toMatchObject({ succeeded: 3, failed: 0, committed: 3, error: null })
  })

  test('sends again what it says that it does not have', async () => {
    const port = await archive('but:1.2.2')
    const all = parts()
    const files = all.to(port)
    const first = await all.attempt(files)
    expect(first.data).toMatchObject({ succeeded: 2, failed: 1, committed: 2 })
    expect(all.resultsOf(first)[1]).toMatchObject({ outcome: 'failure', status: 0x0112 })
    expect(decided(all, port, first)).toEqual([])
    const second = await all.attempt(all.after(files, first))
    expect(second.data).toMatchObject({ succeeded: 2, failed: 1, committed: 2 })
  })
})

describe('a delivery that is redirected', () => {
  const redirected = (state: Delivery, node: string): Delivery => {
    const { deliveryId } = state.queued!.data
    return evolve(state, an.deliveryRedirected({ deliveryId, destination: destinationIn(node) }))
  }

  test('from a place that never committed itself is sent anew, as nobody has answered for it', async () => {
    const all = parts(1)
    const silent = all.to(await archive('none'))
    const first = await all.attempt(silent)
    expect(first.data).toMatchObject({ succeeded: 3, committed: 0 })
    const other = await startPeer()
    const node = `{host: 127.0.0.1, port: ${other.port}, ae_title: OTHER}`
    const second = await all.attempt(redirected(all.after(silent, first), node))
    await other.close()
    expect(other.messages).toHaveLength(3)
    expect(second.data).toMatchObject({ attempt: 2, succeeded: 3, notAttempted: 0 })
  })

  test('to one that is to commit itself is sent there as a whole, so that it can', async () => {
    const all = parts()
    const other = await startPeer()
    const elsewhere = all.to(await archive('all'))
    const plain = redirected(elsewhere, `{host: 127.0.0.1, port: ${other.port}, ae_title: OTHER}`)
    const first = await all.attempt(plain)
    await other.close()
    expect(first.data).toMatchObject({ succeeded: 3 })
    const second = await all.attempt(all.after(elsewhere, first))
    expect(second.data).toMatchObject({ succeeded: 3, committed: 3, notAttempted: 0 })
  })
})
