import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
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

/** A TCP port on 127.0.0.1 that nobody listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
