import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { ObjectStore } from '../../../../infra/s3/store.ts'

/** A request as the fake saw it, e.g. `PUT key?partNumber`. */
interface Seen {
  readonly what: string
  readonly response: ServerResponse
}
/** What the fake does instead of answering; true where it did anything. */
type Trouble = (request: Seen) => boolean

const xml = (body: string): string => `<?xml version="1.0"?>${body}`
const problem = (code: string): string => xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`)

/** As much of S3 as ObjectStore asks for, in memory, with trouble before a request is served or after it. */
export const startFakeS3 = async (patience = { connectMs: 300, idleMs: 300 }) => {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Map<number, Buffer>>()
  const requests: string[] = []
  const trouble: { before: Trouble; after: Trouble } = { before: () => false, after: () => false }

  const serve = (request: IncomingMessage, key: string, query: URLSearchParams, body: Buffer) => {
    const uploadId = query.get('uploadId')
    if (query.has('uploads')) {
      const id = String(uploads.size + 1)
      uploads.set(id, new Map())
      const fields = `<Bucket>b</Bucket><Key>${key}</Key><UploadId>${id}</UploadId>`
      const result = `<InitiateMultipartUploadResult>${fields}</InitiateMultipartUploadResult>`
      return { status: 200, body: xml(result) }
    }
    if (uploadId !== null) {
      const parts = uploads.get(uploadId)
      if (!parts) return { status: 404, body: problem('NoSuchUpload') }
      if (request.method === 'DELETE') {
        uploads.delete(uploadId)
        return { status: 204 }
      }
      if (request.method === 'PUT') {
        parts.set(Number(query.get('partNumber')), body)
        return { status: 200, headers: { etag: `"${createHash('md5').update(body).digest('hex')}"` } }
      }
      uploads.delete(uploadId)
      objects.set(key, Buffer.concat([...parts.values()]))
      const fields = `<Key>${key}</Key><ETag>"e"</ETag>`
      return {
        status: 200,
        body: xml(`<CompleteMultipartUploadResult>${fields}</CompleteMultipartUploadResult>`),
      }
    }
    if (request.method === 'PUT') {
      if (objects.has(key) && request.headers['if-none-match'] === '*')
        return { status: 412, body: problem('PreconditionFailed') }
      objects.set(key, body)
      return { status: 200 }
    }
    if (request.method === 'DELETE') {
      objects.delete(key)
      return { status: 204 }
    }
    if (query.has('list-type')) {
      const contents = [...objects].map(
        ([name, { length }]) => `<Contents><Key>${name}</Key><Size>${length}</Size></Contents>`,
      )
      return { status: 200, body: xml(`<ListBucketResult>${contents.join('')}</ListBucketResult>`) }
    }
    const found = objects.get(key)
    return found ? { status: 200, body: found } : { status: 404, body: problem('NoSuchKey') }
  }

  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const url = new URL(request.url!, 'http://fake')
      const key = url.pathname.split('/').slice(2).join('/')
      const names = [...url.searchParams.keys()].filter((name) => name !== 'x-id')
      const what = [`${request.method} ${key}`, names.join('&')].filter((part) => part !== '').join('?')
      requests.push(what)
      if (trouble.before({ what, response })) return
      const answer = serve(request, key, url.searchParams, body)
      if (trouble.after({ what, response })) return
      const { status, headers, body: content = '' } = answer
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(content) })
      response.end(content)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = new ObjectStore(
    {
      endpoint,
      region: 'us-east-1',
      bucket: 'b',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
    },
    patience,
  )
  return {
    endpoint,
    store,
    objects,
    uploads,
    /** Every request so far, in order. */
    requests,
    trouble,
    close: async () => {
      store.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The first request of a kind has no answer: its connection is reset. */
export const losing = (kind: RegExp): Trouble => {
  let isLost = false
  return ({ what, response }) => {
    if (isLost || !kind.test(what)) return false
    isLost = true
    response.socket!.destroy()
    return true
  }
}

/** Requests of a kind are never answered, and their connections stay open. */
export const silentTo =
  (kind: RegExp): Trouble =>
  ({ what }) =>
    kind.test(what)
