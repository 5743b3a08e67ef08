import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'

const names = ['kafka', 'controller', 'registry', 's3', 'postgres'] as const
/** The ports of the embedded servers, by server. */
export type Ports = Record<(typeof names)[number], number>

/**
 * The ports of this installation: as configured, else as chosen before, else free ones; kept in a file, so
 * that a restart answers where it did.
 */
export const choosePorts = async (dataDir: string, configured: Partial<Ports>): Promise<Ports> => {
  const file = join(dataDir, 'ports.json')
  const before = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Partial<Ports>) : {}
  const ports: Partial<Ports> = {}
  for (const name of names) {
    let port = configured[name] || before[name] || 0
    while (port === 0 || Object.values(ports).includes(port)) port = await freePort()
    ports[name] = port
  }
  await mkdir(dataDir, { recursive: true })
  await writeFile(file, JSON.stringify(ports))
  return ports as Ports
}

/** Ports that nobody has registered for much; below those that the kernel gives to outgoing connections. */
const lowest = 20_000

/**
 * A TCP port on 127.0.0.1 that nobody listens on now. Not one that the kernel gives to outgoing connections
 * (ip_local_port_range): one of those, even our own attempt to reach the server, could hold it while the
 * server is being started again.
 */
export const freePort = async (): Promise<number> => {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '32768')
  const end = parseInt(range, 10)
  for (let tries = 0; end > lowest + 1000 && tries < 100; tries += 1) {
    const port = randomInt(lowest, end)
    if (await isFree(port)) return port
  }
  return listenOnce(0)
}

/** True when a server may listen there, on 127.0.0.1. */
export const isFree = (port: number): Promise<boolean> =>
  listenOnce(port).then(
    () => true,
    () => false,
  )

const listenOnce = (wanted: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
