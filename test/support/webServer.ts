import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { type ServerOptions, createServer as createSecureServer } from 'node:https'
import { type AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request as it came in whole. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** What is answered; undefined says nothing, and leaves the connection open. */
export type Reply = { readonly status: number; readonly body?: string; readonly type?: string } | undefined

/** A web server that keeps what it gets whole. `early` may answer before the body has come. */
export const startWebServer = async (
  reply: (seen: Seen) => Reply | Promise<Reply> = () => ({ status: 200 }),
  { tls, early }: { tls?: ServerOptions; early?: (request: IncomingMessage) => Reply } = {},
) => {
  const seen: Seen[] = []
  const broken: string[] = []
  const answer = (response: ServerResponse, one: Reply): void => {
    if (!one) return
    response.writeHead(one.status, { 'content-type': one.type ?? 'text/plain' })
    response.end(one.body ?? '')
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const first = early?.(request)
    if (first) {
      request.resume()
      return answer(response, first)
    }
    buffer(request).then(
      async (body) => {
        const one = { method: request.method!, path: request.url!, headers: request.headers, body }
        seen.push(one)
        answer(response, await reply(one))
      },
      () => broken.push(request.url!),
    )
  }
  const server = tls ? createSecureServer(tls, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    seen,
    /** Paths of requests that broke off before they were whole. */
    broken,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
