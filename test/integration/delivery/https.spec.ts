import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authority } from '../../support/certificates.ts'
import { delivering, destinationIn } from '../../support/delivering.ts'
import { startWebServer } from '../../support/webServer.ts'

let folder: string
let ca: ReturnType<typeof authority>
let other: ReturnType<typeof authority>
let server: Awaited<ReturnType<typeof startWebServer>>
const pem = (path: string): string => readFileSync(path, 'utf8')
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-https-'))
  ca = authority(folder)
  other = authority(folder, 'other')
  const own = ca.sign('server')
  const tls = { key: pem(own.key), cert: pem(own.cert), ca: ca.text(), requestCert: true }
  server = await startWebServer(undefined, { tls: { ...tls, rejectUnauthorized: true } })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})
const sendWith = (by: ReturnType<typeof authority>, who: ReturnType<typeof authority>, tls: string) => {
  const own = who.sign('raddeploy')
  const secrets = { CA: by.text(), CERT: pem(own.cert), KEY: pem(own.key) }
  const timeouts = { connectMs: 3000, associationMs: 3000, responseMs: 3000 }
  const { attempt, delivery } = delivering({ secrets, timeouts })
  const to = destinationIn(`{http: "${server.url}", tls: ${tls}}`)
  return attempt(delivery(to, { a: Buffer.from('{}'), b: Buffer.from('[]') }))
}
const both = '{ca: {secret: CA}, cert: {secret: CERT}, key: {secret: KEY}}'

describe('a web server with a certificate of its hospital', () => {
  test('gets the files when we know who vouches for it, and shows ours', async () => {
    const fact = await sendWith(ca, ca, both)
    expect(fact.data).toMatchObject({ succeeded: 2, error: null })
    expect(server.seen).toHaveLength(2)
  })

  test.each([
    ['whom nobody vouches for', '{cert: {secret: CERT}, key: {secret: KEY}}', () => [ca, ca] as const],
    ['whom somebody else vouches for', both, () => [other, ca] as const],
    ['that does not know our certificate', both, () => [ca, other] as const],
  ])('%s gets nothing', async (_, tls, parties) => {
    const before = server.seen.length
    const fact = await sendWith(...parties(), tls)
    expect(fact.data).toMatchObject({ succeeded: 0, notAttempted: 2, code: 'RD_DESTINATION_UNAVAILABLE' })
    expect(server.seen).toHaveLength(before)
  })
})
