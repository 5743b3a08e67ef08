import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { delivering, destinationIn, dicomFile } from '../../../../support/delivering.ts'
import { silentTo, startFakeS3 } from '../../../infra/s3/fakeS3.ts'

let s3: Awaited<ReturnType<typeof startFakeS3>>
beforeEach(async () => {
  s3 = await startFakeS3()
})
afterEach(() => s3.close())
const destination = (url = 's3://b-1/results/ct/') =>
  destinationIn(`{s3: "${url}", endpoint: "${s3.endpoint}", access_key_id: {secret: ID},
    secret_access_key: {secret: KEY}}`)
const parts = () => delivering({ secrets: { ID: 'the-id', KEY: 'the-key-of-the-bucket' } })
const files = { 'report.json': Buffer.from('{}'), 'deep/ct.dcm': dicomFile(1) }

describe('a bucket', () => {
  test('gets every file, whatever it is, below its prefix and the run', async () => {
    const { attempt, delivery } = parts()
    const fact = await attempt(delivery(destination(), { ...files, big: Buffer.alloc(9_000_000, 7) }))
    expect(fact.data).toMatchObject({ succeeded: 3, failed: 0, notAttempted: 0, error: null })
    expect([...s3.objects.keys()].sort()).toEqual([
      'results/ct/run-1/big',
      'results/ct/run-1/deep/ct.dcm',
      'results/ct/run-1/report.json',
    ])
    expect(s3.objects.get('results/ct/run-1/deep/ct.dcm')!.equals(dicomFile(1))).toBe(true)
    expect(s3.objects.get('results/ct/run-1/big')!.equals(Buffer.alloc(9_000_000, 7))).toBe(true)
  })

  test('without a prefix has the run at its top', async () => {
    const { attempt, delivery } = parts()
    await attempt(delivery(destination('s3://b-1'), { a: Buffer.from('a') }))
    expect([...s3.objects.keys()]).toEqual(['run-1/a'])
  })

  test('that has the object already has it once; another one of that key stays as it is', async () => {
    const { attempt, delivery, resultsOf } = parts()
    await attempt(delivery(destination(), files))
    s3.objects.set('results/ct/run-1/report.json', Buffer.from('[]'))
    const fact = await attempt(delivery(destination(), files))
    expect(fact.data).toMatchObject({ succeeded: 1, failed: 1, notAttempted: 0 })
    expect(resultsOf(fact)[0]!.comment).toBe('there is an object of that key with other content')
    expect(s3.objects.get('results/ct/run-1/report.json')!.toString()).toBe('[]')
  })

  test('that refuses us says why, and the rest is not even tried; no secret is written down', async () => {
    s3.trouble.before = ({ response }) => {
      response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>the-id</Message></Error>')
      return true
    }
    const { attempt, delivery, written } = parts()
    const fact = await attempt(delivery(destination(), files))
    expect(fact.data).toMatchObject({
      notAttempted: 2,
      code: 'RD_DESTINATION_UNAVAILABLE',
      error: 'the bucket b-1 did not take it: AccessDenied',
    })
    expect(new Set(s3.requests)).toEqual(new Set(['PUT results/ct/run-1/report.json']))
    for (const secret of ['the-id', 'the-key']) expect(written(fact)).not.toContain(secret)
  })

  test('gets nothing of a file whose bytes changed, however large', async () => {
    const { attempt, delivery, s3: ours } = parts()
    const one = delivery(destination(), { small: dicomFile(1), big: Buffer.alloc(9_000_000, 7) })
    for (const key of ['out/small', 'out/big']) ours.objects.get(key)![39_000]! ^= 1
    const fact = await attempt(one)
    expect(fact.data).toMatchObject({ succeeded: 0, notAttempted: 2, code: 'RD_S3_CORRUPT' })
    expect([...s3.objects.keys()]).toEqual([])
    expect(s3.uploads.size).toBe(0)
  })

  test('that hangs is left when the attempt is stopped', async () => {
    const stop = new AbortController()
    s3.trouble.before = (request) => {
      setImmediate(() => stop.abort())
      return silentTo(/PUT/)(request)
    }
    const { attempt, delivery } = parts()
    await expect(attempt(delivery(destination(), files), stop.signal)).rejects.toThrow(/abort/)
  })
})
