import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setImmediate } from 'node:timers/promises'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type ClientTls, secureOptions } from '../tls/client.ts'

/** A POST, and how long it may take. */
export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Length of the body in bytes. */
  readonly length: number
  readonly body: () => AsyncIterable<Buffer>
  readonly signal?: AbortSignal
}

/** The answer; of its body the first part. */
export interface Answer {
  readonly status: number
  /** Media type, without parameters. */
  readonly type: string
  readonly body: Buffer
}

/** How long each step may take, in milliseconds. */
export interface Patience {
  readonly connectMs: number
  /** While no byte goes out or comes in. */
  readonly responseMs: number
}

const usualPatience: Patience = { connectMs: 10_000, responseMs: 60_000 }
const mostKept = 4 * 1024 * 1024

/** The server could not be reached, or went away before it answered. */
const gone = (url: URL, why: string, cause?: unknown): RadDeployError =>
  new RadDeployError(
    'RD_DESTINATION_UNAVAILABLE',
    `${url.host}: ${why}`,
    { host: url.hostname, port: url.port },
    cause,
  )

/** A client of one web server: what it sends goes one after the other, over one connection where the server lets it. */
export class WebClient {
  readonly #patience: Patience
  readonly #tls: ClientTls | undefined
  readonly #agents: { readonly http: HttpAgent; readonly https: HttpsAgent }

  constructor({ patience = usualPatience, tls }: { patience?: Patience; tls?: ClientTls | undefined } = {}) {
    this.#patience = patience
    this.#tls = tls
    const reuse = { keepAlive: true, maxSockets: 1 }
    this.#agents = { http: new HttpAgent(reuse), https: new HttpsAgent(reuse) }
  }

  /**
   * Posts, and resolves with the answer whatever its status. RD_DESTINATION_UNAVAILABLE where none came, or where one
   * that says yes came before all was sent: whoever gave it has not got it. What the body itself throws is thrown,
   * and then the server got no whole request.
   */
  async post({ url: text, headers, length, body, signal }: Post): Promise<Answer> {
    signal?.throwIfAborted()
    const url = new URL(text)
    const isSecure = url.protocol === 'https:'
    const send = isSecure ? httpsRequest : httpRequest
    const outgoing = send(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': length },
      agent: isSecure ? this.#agents.https : this.#agents.http,
      ...(signal ? { signal } : {}),
      ...(isSecure ? secureOptions(this.#tls, url.hostname) : {}),
    })
    this.#watch(outgoing)
    const answer = answerTo(outgoing)
    // Whoever awaits it first hears of it; it must not be said to nobody meanwhile.
    answer.catch(() => undefined)
    try {
      await feed(outgoing, { body: body(), length }, answer)
      const given = await answer
      // the last bytes may have just gone
      if (!outgoing.writableFinished) await setImmediate()
      if (outgoing.writableFinished) return given
      // nothing else can be said on this connection, and whatever waits for it would wait for ever
      outgoing.destroy()
      if (given.status < 200 || given.status > 299) return given
      throw gone(url, `it answered ${given.status} before all was sent`)
    } catch (error) {
      outgoing.destroy()
      signal?.throwIfAborted()
      if (isRadDeployError(error)) throw error
      throw gone(url, reasonOf(error), error)
    }
  }

  /** Ends its connections. */
  close(): void {
    this.#agents.http.destroy()
    this.#agents.https.destroy()
  }

  #watch(outgoing: ClientRequest): void {
    const { connectMs, responseMs } = this.#patience
    const late = (ms: number, what: string) => (): void =>
      void outgoing.destroy(new Error(`${what} within ${ms / 1000} s`))
    outgoing.setTimeout(responseMs, late(responseMs, 'it did not answer'))
    outgoing.once('socket', (socket) => {
      if (!socket.connecting) return
      const timer = setTimeout(late(connectMs, 'no connection came about'), connectMs)
      for (const event of ['secureConnect', 'connect', 'close'])
        socket.once(event, () => {
          if (event !== 'connect' || !('encrypted' in socket)) clearTimeout(timer)
        })
    })
  }
}

const reasonOf = (error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException
  return messageOf(error) || code || 'it went away'
}

const answerTo = (outgoing: ClientRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    outgoing.once('error', reject)
    outgoing.once('response', (incoming: IncomingMessage) => {
      const parts: Buffer[] = []
      let kept = 0
      incoming.on('data', (chunk: Buffer) => {
        if (kept < mostKept) parts.push(chunk.subarray(0, mostKept - kept))
        kept += chunk.length
      })
      incoming.once('error', reject)
      incoming.once('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          type: (incoming.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase(),
          body: Buffer.concat(parts),
        }),
      )
    })
  })

/** Writes the body as fast as it is taken. A server that answers before it has all needs no more. */
const feed = async (
  outgoing: ClientRequest,
  { body, length }: { readonly body: AsyncIterable<Buffer>; readonly length: number },
  answer: Promise<unknown>,
): Promise<void> => {
  let written = 0
  let isAnswered = false
  const over = answer.then(
    () => (isAnswered = true),
    () => (isAnswered = true),
  )
  for await (const bytes of body) {
    if (isAnswered) break
    written += bytes.length
    if (!outgoing.write(bytes))
      await Promise.race([new Promise((resolve) => outgoing.once('drain', resolve)), over])
  }
  if (!isAnswered || written === length) outgoing.end()
}
