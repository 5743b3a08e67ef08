import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

/** Stands before a server and lets it look dead. */
export interface TcpProxy {
  readonly port: number
  /** `up` passes everything on, `silent` takes connections and bytes and says nothing, `down` resets. */
  set(state: 'up' | 'silent' | 'down'): void
  close(): Promise<void>
}

/** Starts a proxy before a port of 127.0.0.1. A change of state ends the connections there are. */
export const startTcpProxy = async (target: number): Promise<TcpProxy> => {
  let state: 'up' | 'silent' | 'down' = 'up'
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  }
  const server = createServer((socket) => {
    keep(socket)
    if (state === 'down') socket.resetAndDestroy()
    else if (state === 'silent') socket.resume()
    else {
      const behind = connect(target, '127.0.0.1')
      keep(behind)
      socket.pipe(behind).pipe(socket)
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
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
