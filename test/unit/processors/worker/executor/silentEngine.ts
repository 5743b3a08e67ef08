import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type RequestListener, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { onTestFinished } from 'vitest'

/** Answers a request and ends it. */
export const json =
  (status: number, body: unknown): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  }

/** Begins an answer, and then nothing more comes. */
export const begun =
  (...chunks: readonly (string | Uint8Array)[]): RequestListener =>
  (_, response) => {
    response.writeHead(200)
    for (const chunk of chunks) response.write(chunk)
  }

/**
 * An engine on a socket of its own that answers what it is told to, by method and the end of the path ("/" is any), and is
 * silent otherwise: it takes the request and says nothing. `asked` lists what it was asked, `left` counts the
 * requests that were broken off.
 */
export const silentEngine = async (answers: Readonly<Record<string, RequestListener>> = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'rd-'))
  const socketPath = join(folder, 'd.sock')
  const asked: string[] = []
  let left = 0
  const server = createServer((request, response) => {
    const what = `${request.method} ${request.url!.split('?')[0]}`
    asked.push(what)
    response.on('close', () => (left += response.writableFinished ? 0 : 1))
    const [, answer] =
      Object.entries(answers).find(([pattern]) => {
        const [method = '', end = ''] = pattern.split(' ')
        return what.startsWith(method) && (end === '/' || what.endsWith(end))
      }) ?? []
    answer?.(request, response)
  }).listen(socketPath)
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  })
  return { docker: new Docker({ socketPath }), asked, left: () => left }
}
