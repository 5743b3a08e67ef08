/**
 * The SCP: takes DICOM by C-STORE and puts it on the log, under the policy of the AE title that is called.
 * Writes AssociationRefused, AssociationOpened, InstanceStored, InstanceRefused and AssociationClosed; answers
 * Success only when S3 has the bytes and Kafka has the event.
 */
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { firstByte } from '../../infra/dimse/firstByte.ts'
import { serve } from '../../infra/dimse/receiver.ts'
import { tlsHandshake } from '../../infra/dimse/tlsGate.ts'
import { Opened } from '../intake/opened.ts'
import { type IntakeParts } from '../intake/store.ts'
import { type Alive, associationHandler } from './association.ts'
import { type ScpConfig } from './config.ts'
import { Refusals } from './refusals.ts'
import { openGate } from './tls.ts'

/** A listening SCP. */
export interface Scp {
  /** Its name in events: the instance and the port, which no two SCPs of one log have in common. */
  readonly name: string
  readonly port: number
  readonly opened: Opened
  /** Stops listening, lets open associations end for a while (as configured), breaks off the rest. */
  close(graceMs?: number): Promise<void>
}

/** Connections that wait to be rejected, or to hang up, beside the associations that are open. */
const moreConnections = 100

/** Starts to listen; RD_STACK_START_FAILED where the port is taken, RD_CONFIG_INVALID where its key cannot be read. */
export const startScp = async (config: ScpConfig, parts: IntakeParts): Promise<Scp> => {
  const { logger } = parts
  const alive: Alive = new Map()
  const opened = new Opened()
  const open = new Map<Socket, Promise<void>>()
  const stopped = new AbortController()
  const [artimMs, idleMs] = [config.artimSeconds * 1000, config.idleSeconds * 1000]
  const limits = { maxPduLength: config.maxPduLength, artimMs, idleMs }
  const server = createServer({ noDelay: true })

  const hold = (socket: Socket, served: Promise<void>): void => {
    const done = served
      .catch((error: unknown) => logger.error({ error: messageOf(error) }, 'a connection ended unexpectedly'))
      .finally(() => open.delete(socket))
    open.set(socket, done)
  }
  const associate = (socket: Socket, requestMs: number): Promise<void> =>
    serve(socket, associationHandler(ward), { ...limits, requestMs }, logger)
  const gate = await openGate(config.tls, {
    handshakeMs: artimMs,
    logger,
    onSecured: (socket) => hold(socket, associate(socket, artimMs)),
  })
  const enter = async (socket: Socket): Promise<void> => {
    const began = performance.now()
    const first = await firstByte(socket, artimMs)
    if (first === undefined) return
    if (first !== tlsHandshake) return associate(socket, Math.max(0, artimMs - (performance.now() - began)))
    if (!gate) {
      logger.warn(
        { host: socket.remoteAddress },
        'a connection was closed: it begins with TLS, and scp.tls is not set',
      )
      socket.destroy()
      return
    }
    if (socket.closed) return
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    gate.enter(socket)
    await closed
  }
  await listening(server, config)
  const { port } = server.address() as AddressInfo
  const name = `${config.name}:${port}`
  const refusals = new Refusals(name, parts)
  const ward = { config: { ...config, name }, parts, alive, opened, refusals, stopped: stopped.signal }
  server.maxConnections = config.maxAssociations + moreConnections
  server.on('drop', (from) =>
    logger.warn({ host: from?.remoteAddress }, 'too many connections: one was closed'),
  )
  server.on('connection', (socket) => {
    socket.on('error', () => undefined)
    hold(socket, enter(socket))
  })
  return {
    name,
    port,
    opened,
    close: async (graceMs = config.graceSeconds * 1000) => {
      server.close()
      const timer = setTimeout(() => {
        for (const socket of open.keys()) socket.destroy()
      }, graceMs)
      // What came through the TLS gate meanwhile is there, too.
      while (open.size > 0) await Promise.all(open.values())
      clearTimeout(timer)
      await refusals.settled()
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
