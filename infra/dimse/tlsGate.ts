import { type Socket } from 'node:net'
import { type TLSSocket, createServer } from 'node:tls'
import { type Logger } from 'pino'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { bcp195 } from './tlsProfile.ts'

/** PEM texts: our private key and certificate (with those between it and the root), and who may sign a peer's. */
export interface Credentials {
  readonly key: string
  readonly cert: string
  /** Where it is given, peers are asked for a certificate. */
  readonly ca?: string | undefined
}

/** Takes connections whose first byte is one of TLS. */
export interface TlsGate {
  /** Begins the handshake; a peer that fails it, or is slower than its time, is cut off. */
  enter(socket: Socket): void
}

/** What a TLS record of a handshake begins with (RFC 8446, 5.1); an A-ASSOCIATE-RQ begins with 1. */
export const tlsHandshake = 0x16

/**
 * A TLS server without a port: it is given connections, and gives what came through. A certificate that is
 * missing or unknown does not fail the handshake: who is called decides whether it needs one. RD_CONFIG_INVALID
 * where key and certificate are none.
 */
export const tlsGate = (
  { key, cert, ca }: Credentials,
  options: {
    readonly handshakeMs: number
    readonly logger: Logger
    readonly onSecured: (socket: TLSSocket) => void
  },
): TlsGate => {
  const server = (() => {
    try {
      return createServer({
        ...bcp195,
        dhparam: 'auto',
        key,
        cert,
        ...(ca === undefined ? {} : { ca }),
        requestCert: ca !== undefined,
        rejectUnauthorized: false,
        handshakeTimeout: options.handshakeMs,
      })
    } catch (error) {
      const message = `scp.tls: key and certificate cannot be used: ${messageOf(error)}`
      throw new RadDeployError('RD_CONFIG_INVALID', message, {}, error)
    }
  })()
  server.on('secureConnection', options.onSecured)
  server.on('tlsClientError', (error, socket) => {
    options.logger.warn({ host: socket.remoteAddress, error: messageOf(error) }, 'a TLS handshake failed')
    socket.destroy()
  })
  return { enter: (socket) => void server.emit('connection', socket) }
}
