import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { Transform } from 'node:stream'

/** Stands before a server and lets it look dead, slow or far away. */
export interface TcpProxy {
  readonly port: number
  /**
   * `up` passes everything on, `silent` takes connections and bytes and says nothing, `down` resets, `corrupting`
   * changes a byte here and there of what is large. Ends the connections there are.
   */
  set(state: State): void
  /** So many bytes a second reach the server over each connection; undefined for all there are. */
  slowDown(bytesPerSecond: number | undefined): void
  close(): Promise<void>
}
type State = 'up' | 'silent' | 'down' | 'corrupting'

/** Of what is shorter nobody knows whether it is a head; a body is longer. */
const surelyBody = 16_384

/** Starts a proxy before a port of 127.0.0.1. */
export const startTcpProxy = async (target: number): Promise<TcpProxy> => {
  let state: State = 'up'
  let rate: number | undefined
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  }
  const passing = (): Transform =>
    new Transform({
      highWaterMark: 65_536,
      transform: (chunk: Buffer, _, done) => {
        const bytes = state === 'corrupting' ? corrupted(chunk) : chunk
        if (rate === undefined) done(null, bytes)
        else setTimeout(() => done(null, bytes), (bytes.length / rate) * 1000)
      },
    })
  const server = createServer((socket) => {
    keep(socket)
    if (state === 'down') socket.resetAndDestroy()
    else if (state === 'silent') socket.resume()
    else {
      const behind = connect(target, '127.0.0.1')
      keep(behind)
      socket.pipe(passing()).pipe(behind).pipe(socket)
      socket.once('close', () => behind.destroy())
      behind.once('close', () => socket.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    set: (next) => {
      state = next
      for (const socket of sockets) socket.destroy()
    },
    slowDown: (next) => (rate = next),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const corrupted = (chunk: Buffer): Buffer => {
  if (chunk.length < surelyBody) return chunk
  const copy = Buffer.from(chunk)
  copy[copy.length - 1]! ^= 1
  return copy
}
