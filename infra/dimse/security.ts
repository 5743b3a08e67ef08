import { type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** How a connection is secured. */
export interface Security {
  /** The TLS version, such as TLSv1.3. */
  readonly protocol: string
  /** Whether the peer showed a certificate, and one that is signed by somebody we know. */
  readonly certificate: 'none' | 'unverified' | 'verified'
  /** SHA-256 of that certificate, lower-case hexadecimal. */
  readonly fingerprint: string | null
}

/** How a connection is secured; null where it is not. */
export const securityOf = (socket: Socket): Security | null => {
  if (!(socket instanceof TLSSocket)) return null
  const protocol = socket.getProtocol() ?? 'unknown'
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return { protocol, certificate: 'none', fingerprint: null }
  return {
    protocol,
    certificate: socket.authorized ? 'verified' : 'unverified',
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  }
}
