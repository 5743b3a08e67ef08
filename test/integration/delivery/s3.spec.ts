import { expect, inject, test } from 'vitest'
import { ObjectStore } from '../../../infra/s3/store.ts'
import { delivering, destinationIn, dicomFile } from '../../support/delivering.ts'

test('a bucket of a real S3 server gets every file once, however large and however often it is sent', async () => {
  const { endpoint, region, accessKeyId, secretAccessKey } = inject('endpoints').s3
  const bucket = `results-${Date.now()}`
  const theirs = new ObjectStore({ endpoint, region, bucket, accessKeyId, secretAccessKey })
  await theirs.ensureBucket()
  const { attempt, delivery, written } = delivering({ secrets: { ID: accessKeyId, KEY: secretAccessKey } })
  const to = destinationIn(`{s3: "s3://${bucket}/ct", endpoint: "${endpoint}", region: ${region},
    access_key_id: {secret: ID}, secret_access_key: {secret: KEY}}`)
  const files = { 'a.json': Buffer.from('{}'), 'deep/b.dcm': dicomFile(1), big: Buffer.alloc(20_000_000, 9) }
  for (let n = 0; n < 2; n++) {
    const fact = await attempt(delivery(to, files))
    expect(fact.data).toMatchObject({ succeeded: 3, failed: 0, notAttempted: 0, error: null })
    expect(written(fact)).not.toContain(secretAccessKey)
  }
  for (const [path, content] of Object.entries(files)) {
    const parts: Buffer[] = []
    for await (const bytes of await theirs.get(`ct/run-1/${path}`)) parts.push(bytes as Buffer)
    expect(Buffer.concat(parts).equals(content)).toBe(true)
  }
  const wrong = delivering({ secrets: { ID: accessKeyId, KEY: 'guessed' } })
  const refused = await wrong.attempt(wrong.delivery(to, files))
  expect(refused.data).toMatchObject({ notAttempted: 3, code: 'RD_DESTINATION_UNAVAILABLE' })
  expect(refused.data.error).toMatch(/SignatureDoesNotMatch|AccessDenied|Forbidden/)
  theirs.close()
})
