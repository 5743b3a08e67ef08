import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { pino } from 'pino'
import { type ReceiverHandler, type Sink } from '../../infra/dimse/handler.ts'
import { serve } from '../../infra/dimse/receiver.ts'

const limits = { maxPduLength: 131_072, artimMs: 500, idleMs: 500 }
const longestMs = 5000

/** The real receiver on a real socket; its sinks keep nothing, but count. */
export const startTarget = async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  /** Sends these bytes in pieces over one connection and half closes it; what went wrong on our side, if anything. */
  const converse = async (chunks: readonly Buffer[]): Promise<readonly string[]> => {
    const wrong: string[] = []
    let [sinks, ended, accepted, closed] = [0, 0, 0, 0]
    const sinkOf = (): Sink => {
      let isOver = false
      sinks += 1
      const over = (): void => {
        if (isOver) wrong.push('a sink was ended twice')
        isOver = true
        ended += 1
      }
      return {
        write: async () => {
          if (isOver) wrong.push('a sink was written to after its end')
        },
        end: async () => {
          over()
          return { status: 0 }
        },
        abort: async () => over(),
      }
    }
    const handler: ReceiverHandler = {
      requested: async (association) => {
        accepted += 1
        for (const { context } of association.getPresentationContexts())
          context.setResult(0, context.getTransferSyntaxUids()[0] ?? '')
        return undefined
      },
      store: sinkOf,
      closed: async () => void (closed += 1),
    }
    const arrived = once(server, 'connection') as Promise<[Socket]>
    const client = connect({ port, host: '127.0.0.1', noDelay: true })
    client.on('error', () => undefined)
    const [taken] = await arrived
    const served = serve(taken, handler, limits, pino({ level: 'silent' }))
    client.resume()
    const gone = once(client, 'close')
    for (const chunk of chunks) {
      client.write(chunk)
      await new Promise((resolve) => setImmediate(resolve))
    }
    client.end()
    const late = setTimeout(() => {
      wrong.push(`the connection did not end in ${longestMs} ms`)
      client.destroy()
    }, longestMs)
    await served.catch((error: unknown) => wrong.push(`serve rejected: ${String(error)}`))
    await gone
    clearTimeout(late)
    if (!taken.destroyed) wrong.push('the socket was left open')
    if (sinks !== ended) wrong.push(`${sinks} sinks were made, ${ended} ended`)
    if (accepted !== closed) wrong.push(`${accepted} associations were accepted, ${closed} closed`)
    return wrong
  }
  return { converse, close: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}
