import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { type ClientTls, secureOptions } from '../tls/client.ts'

/** How to reach the object store. */
export interface S3Config {
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Whom to trust at an https endpoint, where it is not whom Node trusts. */
  readonly tls?: ClientTls | undefined
}

/** How long the store may be silent, in milliseconds: while it is connected to, and from then on. */
export interface Patience {
  readonly connectMs: number
  readonly idleMs: number
}
export const usualPatience: Patience = { connectMs: 5000, idleMs: 60_000 }

/**
 * A client for what is written and one for what is read. The SDK's idle timeout runs on while nobody takes the
 * bytes of an answer, as behind a slow destination: so the reading client only bounds the wait for an answer,
 * and ObjectBody the wait for its bytes.
 */
export const s3Clients = (
  config: S3Config,
  { connectMs, idleMs }: Patience,
): {
  readonly writing: S3Client
  readonly reading: S3Client
  /** The connections that both keep. */
  readonly agent: { readonly http: HttpAgent; readonly https: HttpsAgent }
} => {
  const clientWith = (patience: object): S3Client => new S3Client({ ...settings(config), ...patience })
  // What queues for a socket would be taken for a store that cannot be connected to.
  const kept = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }
  const secure = config.tls ? secureOptions(config.tls, new URL(config.endpoint).hostname) : {}
  const agent = { http: new HttpAgent(kept), https: new HttpsAgent({ ...kept, ...secure }) }
  const handler = { connectionTimeout: connectMs, httpAgent: agent.http, httpsAgent: agent.https }
  return {
    agent,
    writing: clientWith({ requestHandler: { ...handler, socketTimeout: idleMs } }),
    reading: clientWith({
      requestHandler: { ...handler, requestTimeout: idleMs, throwOnRequestTimeout: true },
    }),
  }
}

const settings = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Config): S3ClientConfig => ({
  endpoint,
  region,
  forcePathStyle: true,
  maxAttempts: 5,
  // With that header the SDK opens a connection for each request.
  expectContinueHeader: false,
  // Whoever reads an object compares the hash that its event states.
  responseChecksumValidation: 'WHEN_REQUIRED',
  credentials: { accessKeyId, secretAccessKey },
})
