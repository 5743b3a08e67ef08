/**
 * STOW-RS: takes DICOM over HTTP and puts it on the log, one association for each request.
 * Writes AssociationRefused, AssociationOpened, InstanceStored, InstanceRefused and AssociationClosed; calls an
 * instance stored only when S3 has the bytes and Kafka has the event.
 */
import { readFile } from 'node:fs/promises'
import { type Server, createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { bcp195 } from '../../infra/dimse/tlsProfile.ts'
import { Opened } from '../intake/opened.ts'
import { type IntakeParts } from '../intake/store.ts'
import { type StowConfig } from './config.ts'
import { Refusals } from './refusals.ts'
import { routes } from './routes.ts'

/** A listening STOW-RS service. */
export interface Stow {
  /** Its name in events: the instance and the port. */
  readonly name: string
  readonly port: number
  readonly opened: Opened
  /** Stops listening, lets open requests end for a while (as configured), breaks off the rest. */
  close(graceMs?: number): Promise<void>
}

/** Connections that wait to be refused, or to hang up, beside the requests that are open. */
const moreConnections = 100
/** For the header of a request, and between two requests. */
const headersTimeout = 30_000
const keepAliveTimeout = 10_000

/** Starts to listen; RD_STACK_START_FAILED where the port is taken, RD_CONFIG_INVALID where its key cannot be read. */
export const startStow = async (config: StowConfig, parts: IntakeParts): Promise<Stow> => {
  const opened = new Opened()
  const stopped = new AbortController()
  const server = await serverOf(config)
  server.maxConnections = config.maxRequests + moreConnections
  await listening(server, config)
  const { port } = server.address() as AddressInfo
  const named = { ...config, name: `${config.name}:${port}` }
  const refusals = new Refusals({ scp: named.name, calledAeTitle: config.calledAeTitle }, parts)
  const app = routes({ config: named, parts, opened, stopped: stopped.signal }, refusals)
  const open = new Set<Promise<void>>()
  const listener = getRequestListener(
    (request, env) => {
      const answered = Promise.resolve(app.fetch(request, env))
      const done = answered.then(nothing, nothing)
      open.add(done)
      void done.then(() => open.delete(done))
      return answered
    },
    { overrideGlobalObjects: false },
  )
  // Who asks before it sends hears only when it may; refused, it need not send at all.
  for (const event of ['request', 'checkContinue'] as const)
    server.on(event, (incoming, outgoing) => void listener(incoming, outgoing))
  return {
    name: named.name,
    port,
    opened,
    close: async (graceMs = config.graceSeconds * 1000) => {
      server.close()
      server.closeIdleConnections()
      const timer = setTimeout(() => server.closeAllConnections(), graceMs)
      await Promise.all(open)
      clearTimeout(timer)
      server.closeAllConnections()
      await refusals.settled()
      stopped.abort()
    },
  }
}

const nothing = (): void => undefined

/** A body may take as long as it comes: request.ts looks after the time. */
const timeouts = { requestTimeout: 0, headersTimeout, keepAliveTimeout, connectionsCheckingInterval: 5000 }

const serverOf = async ({ tls }: StowConfig): Promise<Server> => {
  if (!tls) return createServer(timeouts)
  const [key, cert, ca] = await Promise.all([
    pem(tls.key),
    pem(tls.cert),
    tls.ca === undefined ? undefined : pem(tls.ca),
  ])
  const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }
  try {
    return createTlsServer({ ...timeouts, ...bcp195, key, cert, ...clients })
  } catch (error) {
    throw new RadDeployError('RD_CONFIG_INVALID', `stow.tls: ${messageOf(error)}`, {}, error)
  }
}

const pem = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new RadDeployError('RD_CONFIG_INVALID', `stow.tls: ${messageOf(error)}`, { file }, error)
  })

const listening = (server: Server, { host, port }: StowConfig): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const message = `STOW-RS cannot listen on port ${port}: ${error.message}`
      reject(new RadDeployError('RD_STACK_START_FAILED', message, {}, error))
    })
    server.listen(port, host, resolve)
  })
