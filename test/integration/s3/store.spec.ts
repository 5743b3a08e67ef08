import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ObjectStore } from '../../../infra/s3/store.ts'

const { s3 } = inject('endpoints')
const part = 8 * 1024 * 1024

/** A proxy before the store that breaks off a connection as soon as the answer to a request comes. */
const startLossyProxy = async () => {
  let isLoss = (_request: string): boolean => false
  let lost = 0
  const server = createServer((socket) => {
    const store = connect(Number(new URL(s3.endpoint).port), '127.0.0.1')
    let request = ''
    for (const one of [socket, store]) one.on('error', () => undefined)
    socket.on('data', (bytes) => {
      request = /^(GET|PUT|POST|DELETE) .*$/m.exec(bytes.toString('latin1'))?.[0] ?? request
      store.write(bytes)
    })
    store.on('data', (bytes) => {
      const isAnswer = !bytes.toString('latin1').startsWith('HTTP/1.1 100')
      if (!isAnswer || !isLoss(request)) return socket.write(bytes)
      lost += 1
      isLoss = () => false
      return socket.resetAndDestroy()
    })
    socket.once('close', () => store.destroy())
    store.once('close', () => socket.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    /** The next answer to a request whose first line matches is lost. */
    loseAnswerTo: (line: RegExp) => void (isLoss = (request) => line.test(request)),
    lost: () => lost,
    close: () => server.close(),
  }
}

let proxy: Awaited<ReturnType<typeof startLossyProxy>>
let store: ObjectStore
let client: S3Client
beforeAll(async () => {
  proxy = await startLossyProxy()
  store = new ObjectStore({ ...s3, endpoint: `http://127.0.0.1:${proxy.port}` })
  const { endpoint, region, accessKeyId, secretAccessKey } = s3
  client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  })
  await store.ensureBucket()
})
afterAll(() => {
  store.close()
  client.destroy()
  proxy.close()
})

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const newKey = (): string => `test/${randomUUID()}`
const written = (key: string, bytes: Buffer) => {
  const writer = store.open(key)
  writer.stream.write(bytes)
  return writer
}
const uploadsOf = async (key: string): Promise<number> => {
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket, Prefix: key }))
  return Uploads?.length ?? 0
}

describe('an object is stored once though the answer is lost', () => {
  test.each([
    ['in one piece', 1000, /^PUT /],
    ['in parts', part + 1000, /^POST .*uploadId=/],
  ])('%s', async (_, size, line) => {
    const key = newKey()
    const bytes = randomBytes(size)
    proxy.loseAnswerTo(line)
    const before = proxy.lost()
    const ref = await written(key, bytes).finish()
    expect(proxy.lost()).toBe(before + 1)
    expect((await store.read(ref)).equals(bytes)).toBe(true)
    await expect(written(key, randomBytes(size)).finish()).rejects.toMatchObject({ code: 'RD_S3_CONFLICT' })
    expect(await uploadsOf(key)).toBe(0)
  })
})

test.each([
  ['in one piece', 1000],
  ['in parts', 2 * part + 1000],
])('what follows the first bytes has a hash of its own, %s', async (_, size) => {
  const [head, tail] = [randomBytes(132), randomBytes(size)]
  const writer = store.open(newKey(), head.length)
  for (const bytes of [head, tail.subarray(0, 100), tail.subarray(100)]) writer.stream.write(bytes)
  const { sha256 } = await writer.finish()
  expect(sha256).toBe(sha256Of(Buffer.concat([head, tail])))
  expect(writer.tailSha256()).toBe(sha256Of(tail))
})

test('an object that comes in tiny pieces is the same', async () => {
  const bytes = randomBytes(5000)
  const writer = store.open(newKey())
  for (const byte of bytes) writer.stream.write(Buffer.from([byte]))
  expect((await store.read(await writer.finish())).equals(bytes)).toBe(true)
})

test('an object is there under its key and of its size, or it is not', async () => {
  const ref = await store.put(newKey(), randomBytes(1000))
  const empty = await store.put(newKey(), Buffer.alloc(0))
  expect(await store.has(ref)).toBe(true)
  expect(await store.has(empty)).toBe(true)
  expect(await store.has({ ...ref, size: 999 })).toBe(false)
  expect(await store.has({ ...ref, key: newKey() })).toBe(false)
  const away = new ObjectStore({ ...s3, endpoint: 'http://127.0.0.1:1' })
  await expect(away.has(ref)).rejects.toMatchObject({ code: 'RD_S3_UNAVAILABLE' })
  away.close()
})

test('the keys that begin so are listed, none where there are none', async () => {
  const folder = `${newKey()}/`
  expect(await store.list(folder)).toEqual([])
  for (const name of ['b', 'a']) await store.put(`${folder}${name}`, Buffer.from(name))
  expect(await store.list(folder)).toEqual([`${folder}a`, `${folder}b`])
})

test('an object is gone once it is removed, and its key may be removed again', async () => {
  const { key, size } = await store.put(newKey(), randomBytes(1000))
  expect(await store.size(key)).toBe(size)
  await store.remove(key)
  await store.remove(key)
  await expect(store.size(key)).rejects.toMatchObject({ code: 'RD_NOT_FOUND' })
  await expect(store.get(key)).rejects.toMatchObject({ code: 'RD_NOT_FOUND' })
})

test('an object that is given up leaves no upload behind', async () => {
  const key = newKey()
  const writer = written(key, randomBytes(part + 1000))
  await expect.poll(() => uploadsOf(key), { timeout: 10_000 }).toBe(1)
  await writer.abort()
  expect(await uploadsOf(key)).toBe(0)
  await expect(store.get(key)).rejects.toMatchObject({ code: 'RD_NOT_FOUND' })
})
