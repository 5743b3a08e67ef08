import { createHash, timingSafeEqual } from 'node:crypto'
import { isAmong } from '../intake/hosts.ts'
import { type Client } from './config.ts'

/** Who sends, and what it may trigger; or the HTTP status by which it is sent away, and why. */
export type Verdict =
  | { readonly name: string; readonly flows: readonly string[] | null; readonly status?: undefined }
  | { readonly status: 401 | 403; readonly why: string }

const ourselves = ['127.0.0.0/8', '::1']
/** The name of who needs none. */
const localName = 'LOCALHOST'

/** Knows a client by the token of its request. Without clients in the configuration, only this host may send. */
export const identify = (
  clients: readonly Client[],
  request: { readonly authorization: string | undefined; readonly host: string },
): Verdict => {
  if (clients.length === 0)
    return isAmong(ourselves, request.host)
      ? { name: localName, flows: null }
      : { status: 403, why: 'no client is configured, so that only this host may send' }
  const [, token] = /^Bearer +(\S+) *$/i.exec(request.authorization ?? '') ?? []
  if (token === undefined) return { status: 401, why: 'there is no bearer token' }
  const hash = createHash('sha256').update(token).digest()
  // All are compared, so that the time tells nothing of which was right.
  const [client] = clients.filter(({ tokenSha256 }) => timingSafeEqual(Buffer.from(tokenSha256, 'hex'), hash))
  if (!client) return { status: 401, why: 'the bearer token is of no client' }
  if (client.hosts && !isAmong(client.hosts, request.host))
    return { status: 403, why: `${client.name} may not send from this address` }
  return { name: client.name, flows: client.flows ?? null }
}
