import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'
import Dockerode from 'dockerode'
import { Kafka, logLevel } from 'kafkajs'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { endpointsSchema } from '../../../infra/embedded/endpoints.ts'

const endpoints = inject('endpoints')

test('the endpoints are complete', () => {
  expect(endpointsSchema.parse(endpoints)).toEqual(endpoints)
})

test('the broker answers, and is one', async () => {
  const admin = new Kafka({ brokers: endpoints.kafka.brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  expect((await admin.describeCluster()).brokers).toHaveLength(1)
  await admin.disconnect()
})

test('the registry answers, and forbids incompatible schemas unless told otherwise', async () => {
  const answer = await fetch(`${endpoints.registry.url}/config`)
  expect(await answer.json()).toMatchObject({ compatibilityLevel: 'FULL_TRANSITIVE' })
})

test('the object store answers to our key, and to no other', async () => {
  const head = (secretAccessKey: string): Promise<number> => {
    const { endpoint, region, accessKeyId } = endpoints.s3
    const client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    })
    return client
      .send(new HeadBucketCommand({ Bucket: 'no-such-bucket' }))
      .then(
        () => 200,
        (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode ?? 0,
      )
      .finally(() => client.destroy())
  }
  expect(await head(endpoints.s3.secretAccessKey)).toBe(404)
  expect(await head('wrong')).toBe(403)
})

test('the database answers to our password, and to no other', async () => {
  const client = new pg.Client({ connectionString: endpoints.postgres.url })
  await client.connect()
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  await client.end()
  const url = new URL(endpoints.postgres.url)
  url.password = 'wrong'
  await expect(new pg.Client({ connectionString: url.href }).connect()).rejects.toThrow(/password/)
})

test('the Docker Engine answers', async () => {
  const { ServerVersion } = (await new Dockerode({ socketPath: endpoints.docker.socketPath }).info()) as {
    ServerVersion: string
  }
  expect(ServerVersion).toMatch(/^\d+\./)
})
