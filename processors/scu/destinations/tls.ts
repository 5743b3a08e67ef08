import { createSecureContext } from 'node:tls'
import { type Secrets } from '../../../core/delivery/secret.ts'
import { RadDeployError, messageOf } from '../../../core/error/error.ts'
import { type TlsOptions } from '../../../core/flow/destinationTls.ts'
import { type ClientTls } from '../../../infra/tls/client.ts'

/** TLS as a flow file asks for it, with the secrets that it names; RD_CONFIG_INVALID where they are no PEM. */
export const clientTls = (tls: TlsOptions | undefined, secrets: Secrets): ClientTls | undefined => {
  if (!tls) return undefined
  const { verify, server_name: serverName } = tls
  const ca = tls.ca && secrets.reveal(tls.ca)
  const cert = tls.cert && secrets.reveal(tls.cert)
  const key = tls.key && secrets.reveal(tls.key)
  try {
    createSecureContext({ ca, cert, key })
  } catch (error) {
    const message = `a certificate or key of the destination cannot be used: ${messageOf(error)}`
    throw new RadDeployError('RD_CONFIG_INVALID', message, {}, error)
  }
  return { verify, serverName, ca, cert, key }
}
