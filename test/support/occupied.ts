import { once } from 'node:events'
import { createServer } from 'node:net'

/** Keeps ports of this machine from whoever wants to listen there; gives how to let go of them. */
export const occupied = async (ports: readonly number[]): Promise<() => Promise<void>> => {
  const servers = ports.map((port) => createServer((peer) => peer.end()).listen(port, '0.0.0.0'))
  // Where another program listens already, it is as taken as it should be.
  await Promise.all(servers.map((server) => once(server, 'listening').catch(() => undefined)))
  return async () => {
    for (const server of servers.filter(({ listening }) => listening)) {
      server.close()
      await once(server, 'close')
    }
  }
}
