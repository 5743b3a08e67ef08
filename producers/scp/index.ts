/**
 * The SCP: takes DICOM by C-STORE and puts it on the log.
 * Writes AssociationOpened, InstanceStored, InstanceRefused and AssociationClosed; answers Success only when
 * S3 has the bytes and Kafka has the event.
 */
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { RadDeployError } from '../../core/error/error.ts'
import { serve } from '../../infra/dimse/receiver.ts'
import { type IntakeParts } from '../intake/store.ts'
import { type Alive, associationHandler } from './association.ts'
import { type ScpConfig } from './config.ts'

/** A listening SCP. */
export interface Scp {
  /** Its name in events: the instance and the port, which no two SCPs of one log have in common. */
  readonly name: string
  readonly port: number
  isAlive(associationId: string): boolean
  /** Stops listening, lets open associations end for a while, breaks off the rest. */
  close(graceMs?: number): Promise<void>
}

/** Starts to listen; RD_STACK_START_FAILED where the port is taken. */
export const startScp = async (config: ScpConfig, parts: IntakeParts): Promise<Scp> => {
  const alive: Alive = new Set()
  const open = new Map<Socket, Promise<void>>()
  const stopped = new AbortController()
  const limits = { maxPduLength: config.maxPduLength, artimMs: config.artimMs, idleMs: config.idleMs }
  const server = createServer({ noDelay: true })
  await listening(server, config)
  const { port } = server.address() as AddressInfo
  const named = { ...config, name: `${config.name}:${port}` }
  server.on('connection', (socket) => {
    const handler = associationHandler(named, parts, alive, stopped.signal)
    const served = serve(socket, handler, limits, parts.logger)
      .catch((error: unknown) => parts.logger.error({ error }, 'an association ended unexpectedly'))
      .finally(() => open.delete(socket))
    open.set(socket, served)
  })
  return {
    name: named.name,
    port,
    isAlive: (associationId) => alive.has(associationId),
    close: async (graceMs = 5000) => {
      server.close()
      const timer = setTimeout(() => {
        for (const socket of open.keys()) socket.destroy()
      }, graceMs)
      await Promise.all(open.values())
      clearTimeout(timer)
      stopped.abort()
    },
  }
}

const listening = (server: Server, { host, port }: ScpConfig): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const message = `the SCP cannot listen on port ${port}: ${error.message}`
      reject(new RadDeployError('RD_STACK_START_FAILED', message, {}, error))
    })
    server.listen(port, host, resolve)
  })
