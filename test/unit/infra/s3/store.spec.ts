import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { losing, silentTo, startFakeS3 } from './fakeS3.ts'

let s3: Awaited<ReturnType<typeof startFakeS3>>
beforeEach(async () => {
  s3 = await startFakeS3()
})
afterEach(() => s3.close())

const refOf = (key: string, bytes: Buffer) => ({
  key,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
})
const small = Buffer.from('the bytes of one instance')
const large = Buffer.alloc(9 * 1024 * 1024, 'abcdefg')
const written = (bytes: Buffer) => {
  const writer = s3.store.open('k')
  writer.stream.write(bytes)
  return writer
}
const code = (name: string): Error => expect.objectContaining({ code: name }) as Error

describe('an object that is stored and whose answer is lost', () => {
  test.each([
    ['in one piece', small, /^PUT k$/],
    ['in parts', large, /^POST k\?uploadId$/],
  ])('counts as stored, %s', async (_, bytes, last) => {
    s3.trouble.after = losing(last)
    await expect(written(bytes).finish()).resolves.toEqual(refOf('k', bytes))
    expect(s3.requests.filter((what) => last.test(what))).toHaveLength(2)
    expect(s3.objects.get('k')!.equals(bytes)).toBe(true)
  })

  test('is a conflict where other bytes lie there', async () => {
    s3.objects.set('k', Buffer.from('the bytes of an Instance.'))
    await expect(written(small).finish()).rejects.toThrow(code('RD_S3_CONFLICT'))
    await expect(s3.store.put('k', small)).rejects.toThrow(code('RD_S3_CONFLICT'))
    s3.objects.set('k', large)
    await expect(s3.store.put('k', small)).rejects.toThrow(code('RD_S3_CONFLICT'))
  })
})

describe('an object that may be there is called unavailable, and no conflict,', () => {
  test.each([
    ['while it cannot be read', silentTo(/^GET/)],
    [
      'when it breaks off while it is read',
      ({ what, response }) => {
        if (!what.startsWith('GET')) return false
        response.writeHead(200, { 'content-length': small.length })
        response.write(small.subarray(0, 5), () => response.socket!.destroy())
        return true
      },
    ],
    [
      'when it is gone',
      ({ what }) => {
        if (what.startsWith('GET')) s3.objects.clear()
        return false
      },
    ],
  ] satisfies [string, typeof s3.trouble.before][])('%s', async (_, trouble) => {
    s3.objects.set('k', small)
    s3.trouble.before = trouble
    await expect(s3.store.put('k', small)).rejects.toThrow(code('RD_S3_UNAVAILABLE'))
  })

  test('when its upload is no more', async () => {
    s3.trouble.before = ({ what }) => {
      if (what === 'POST k?uploadId') s3.uploads.clear()
      return false
    }
    await expect(written(large).finish()).rejects.toThrow(code('RD_S3_UNAVAILABLE'))
  })
})

describe('a store that hangs without closing is unavailable', () => {
  test('to what puts', async () => {
    s3.trouble.before = silentTo(/^PUT/)
    await expect(s3.store.put('k', small)).rejects.toThrow(code('RD_S3_UNAVAILABLE'))
    await expect(written(small).finish()).rejects.toThrow(code('RD_S3_UNAVAILABLE'))
  })

  test('to what gets', async () => {
    s3.trouble.before = silentTo(/^GET/)
    await expect(s3.store.get('k')).rejects.toThrow(code('RD_S3_UNAVAILABLE'))
  })

  test('in the middle of an object that is read', async () => {
    s3.trouble.before = ({ response }) => {
      response.writeHead(200, { 'content-length': large.length })
      response.write(large.subarray(0, 100_000))
      return true
    }
    await expect(buffer(await s3.store.get('k'))).rejects.toThrow(code('RD_S3_UNAVAILABLE'))
    await expect(s3.store.read(refOf('k', large))).rejects.toThrow(code('RD_S3_UNAVAILABLE'))
  })
})

test('an object is read to its end by a reader that takes its time', async () => {
  s3.objects.set('k', large)
  const body = await s3.store.get('k')
  body.once('readable', () => undefined)
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect((await buffer(body)).equals(large)).toBe(true)
})

test('an object has a size until it is removed, and may be removed again', async () => {
  await s3.store.put('k', small)
  expect(await s3.store.size('k')).toBe(small.length)
  await s3.store.remove('k')
  await s3.store.remove('k')
  await expect(s3.store.size('k')).rejects.toThrow(code('RD_NOT_FOUND'))
  s3.trouble.before = silentTo(/^(HEAD|DELETE)/)
  await expect(s3.store.size('k')).rejects.toThrow(code('RD_S3_UNAVAILABLE'))
  await expect(s3.store.remove('k')).rejects.toThrow(code('RD_S3_UNAVAILABLE'))
})

describe('an object that is given up', () => {
  test('leaves no part of it, once the store has answered', async () => {
    const writer = written(large)
    await expect.poll(() => s3.requests).toContain('PUT k?partNumber&uploadId')
    await writer.abort()
    expect(s3.requests.at(-1)).toBe('DELETE k?uploadId')
    expect(s3.uploads.size).toBe(0)
  })

  test('of which nothing was sent leaves nothing', async () => {
    await written(small).abort()
    expect(s3.requests).toEqual([])
  })

  test('after it was finished stays', async () => {
    const writer = written(small)
    await writer.finish()
    await writer.abort()
    expect(s3.objects.has('k')).toBe(true)
  })
})
