import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { type Agent as HttpAgent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { type Agent as HttpsAgent, request as secureRequest } from 'node:https'
import { SignatureV4 } from '@smithy/signature-v4'
import { type Patience, type S3Config } from './client.ts'

/** Bytes to put under a key that was never used. */
export interface Content {
  readonly key: string
  readonly chunks: readonly Uint8Array[]
  readonly size: number
  /** What the server holds them against: see crc32 in checksum.ts. */
  readonly crc32: string
}
/** Puts once; the HTTP status of the answer. Rejects where none came. */
export type SignedPut = (content: Content, signal?: AbortSignal) => Promise<number>

/**
 * A conditional PUT on a kept connection, signed by the SDK's own signer but past its middleware, which takes longer
 * than all else of a request. The signature covers the checksum and the server checks the bytes against that: the SDK
 * would make a SHA-256 of them for the signature, and so would the server. What goes wrong is left to the caller:
 * the SDK can try again.
 */
export const signedPut = (
  config: S3Config,
  { connectMs, idleMs }: Patience,
  agent: { readonly http: HttpAgent; readonly https: HttpsAgent },
): SignedPut => {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = config
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    ...{ region, service: 's3', uriEscapePath: false, applyChecksum: false, sha256: Sha256 },
  })
  const url = new URL(endpoint)
  const isSecure = url.protocol === 'https:'
  const base = `${url.pathname.replace(/\/$/, '')}/${bucket}/`
  return async ({ key, chunks, size, crc32 }, signal) => {
    const path = base + key.split('/').map(escaped).join('/')
    const { headers } = await signer.sign({
      ...{ method: 'PUT', protocol: url.protocol, hostname: url.hostname, path, query: {} },
      headers: {
        host: url.host,
        'content-length': String(size),
        'content-type': 'application/octet-stream',
        'if-none-match': '*',
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
        'x-amz-checksum-crc32': crc32,
      },
    })
    const to = { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port, path, method: 'PUT', headers }
    const sent = isSecure
      ? secureRequest({ ...to, agent: agent.https, ...(signal ? { signal } : {}) })
      : request({ ...to, agent: agent.http, ...(signal ? { signal } : {}) })
    const answer = answered(sent, { connectMs, idleMs })
    sent.cork()
    for (const chunk of chunks) sent.write(chunk)
    sent.uncork()
    sent.end()
    return answer
  }
}

const answered = (sent: ClientRequest, { connectMs, idleMs }: Patience): Promise<number> =>
  new Promise((resolve, reject) => {
    let connecting: NodeJS.Timeout | undefined
    const late = (what: string) => () => void sent.destroy(new Error(`the store was silent while ${what}`))
    sent.once('socket', (socket) => {
      if (!socket.connecting) return
      connecting = setTimeout(late('it was connected to'), connectMs)
      socket.once('connect', () => clearTimeout(connecting))
    })
    sent.setTimeout(idleMs, late('it was put to'))
    sent.once('close', () => clearTimeout(connecting))
    sent.once('error', reject)
    sent.once('response', (response: IncomingMessage) => {
      response.once('end', () => resolve(response.statusCode!))
      response.once('error', reject)
      response.once('close', () => reject(new Error('the answer broke off')))
      response.resume()
    })
  })

/** As the signature wants a path: all but the unreserved characters of RFC 3986. */
const escaped = (segment: string): string =>
  encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** Node's hash in the shape that the signer takes. */
class Sha256 {
  readonly #hash: Hash | Hmac
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
  update(chunk: Uint8Array): void {
    this.#hash.update(chunk)
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {
    throw new Error('a hash is used once')
  }
}

const bytesOf = (secret: string | ArrayBuffer | ArrayBufferView): Buffer =>
  typeof secret === 'string'
    ? Buffer.from(secret)
    : ArrayBuffer.isView(secret)
      ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
      : Buffer.from(secret)
