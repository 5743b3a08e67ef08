import { isIP } from 'node:net'
import { type ConnectionOptions } from 'node:tls'
import { bcp195 } from '../dimse/tlsProfile.ts'

/** How a server is spoken to by TLS: whom to trust, and who we are. PEM. */
export interface ClientTls {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** False: whoever answers is spoken to. */
  readonly verify: boolean
  /** The name in the server's certificate, where it is not its host. */
  readonly serverName?: string | undefined
}

/** What Node needs to know to connect by TLS as BCP 195 wants it. */
export const secureOptions = (tls: ClientTls | undefined, host: string): ConnectionOptions => {
  const { ca, cert, key, verify = true, serverName } = tls ?? {}
  const name = serverName ?? host
  const { minVersion, ciphers, secureOptions: options } = bcp195
  return {
    minVersion,
    ciphers,
    secureOptions: options,
    rejectUnauthorized: verify,
    // An address is no server name (RFC 6066, 3); the certificate is compared with it all the same.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}
