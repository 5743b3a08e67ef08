import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { pino } from 'pino'
import { afterEach, expect } from 'vitest'
import { type AssociationEnd, type ReceiverHandler, type Sink } from '../../infra/dimse/handler.ts'
import { serve } from '../../infra/dimse/receiver.ts'
import { Modality } from './modality.ts'

const limits = { maxPduLength: 131_072, artimMs: 300, idleMs: 5000 }
const closers: (() => void)[] = []
/** Something to be closed after the test. */
export const later = (close: () => void): void => void closers.push(close)
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A receiver whose handler keeps what it gets. `behaviour` replaces parts of the handler or of its sinks. */
export const listen = async (
  behaviour: Partial<ReceiverHandler> & { sink?: (uid: string) => Partial<Sink> } = {},
  more: Partial<typeof limits> = {},
) => {
  const stored: { uid: string; bytes: Buffer }[] = []
  const aborted: string[] = []
  const ends: AssociationEnd[] = []
  let served = Promise.resolve()
  const server = createServer((socket) => {
    const handler: ReceiverHandler = {
      requested: (association) => {
        for (const { context } of association.getPresentationContexts())
          context.setResult(0, context.getTransferSyntaxUids()[0]!)
        return Promise.resolve(undefined)
      },
      store: ({ sopInstanceUid: uid }) => {
        const parts: Buffer[] = []
        return {
          write: (bytes) => {
            parts.push(Buffer.from(bytes))
            return Promise.resolve()
          },
          end: () => {
            stored.push({ uid, bytes: Buffer.concat(parts) })
            return Promise.resolve({ status: 0 })
          },
          abort: (reason) => {
            aborted.push(reason)
            return Promise.resolve()
          },
          ...behaviour.sink?.(uid),
        }
      },
      closed: (end) => {
        ends.push(end)
        return Promise.resolve()
      },
      ...behaviour,
    }
    served = serve(socket, handler, { ...limits, ...more }, pino({ level: 'silent' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  later(() => server.close())
  return {
    port: (server.address() as AddressInfo).port,
    stored,
    aborted,
    ends,
    done: () => served,
  }
}

/** A modality that has an association. */
export const open = async (port: number, request = {}): Promise<Modality> => {
  const modality = await Modality.associate(port, request)
  later(() => modality.close())
  expect((await modality.next())?.type).toBe(2)
  return modality
}
/** Types of the PDUs that come until the connection is closed. */
export const typesOf = async (modality: Modality): Promise<number[]> =>
  (await modality.rest()).map(({ type }) => type)
/** An A-ABORT of ours (PS3.8, 9.3.8). */
export const providerAbort = (reason: number): object => ({ type: 7, body: Buffer.from([0, 0, 2, reason]) })
