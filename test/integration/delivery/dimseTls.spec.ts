import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authority } from '../../support/certificates.ts'
import { type Destination, startStorescp } from '../../support/dcmtk.ts'
import { delivering, destinationIn, dicomFile } from '../../support/delivering.ts'

let folder: string
let ca: ReturnType<typeof authority>
let other: ReturnType<typeof authority>
const running: Destination[] = []
const pem = (path: string): string => readFileSync(path, 'utf8')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-tls-'))
  ca = authority(folder)
  other = authority(folder, 'other')
})
afterAll(async () => {
  await Promise.all(running.map((one) => one.stop()))
  await rm(folder, { recursive: true })
})
/** A storescp that speaks TLS only, by BCP 195; with `+cf` and so on it asks for our certificate. */
const storescp = async (by = ca, ...options: readonly string[]) => {
  const { key, cert } = by.sign(`archive-${running.length}`)
  const tls = ['+tls', key, cert, '+py', ...(options.length > 0 ? options : ['-ic'])]
  const destination = await startStorescp('ARCHIVE', undefined, tls)
  running.push(destination)
  return destination
}
const files = { a: dicomFile(1), b: dicomFile(2) }
const send = (port: number, tls: string, secrets: Record<string, string> = {}, host = '127.0.0.1') => {
  const timeouts = { connectMs: 3000, associationMs: 3000, responseMs: 3000 }
  const { attempt, delivery } = delivering({ secrets, timeouts })
  return attempt(delivery(destinationIn(`{host: ${host}, port: ${port}, ae_title: ARCHIVE, ${tls}}`), files))
}

describe('a DICOM node that speaks TLS only', () => {
  test('gets the instances from us when we know who vouches for it', async () => {
    const archive = await storescp()
    for (const host of ['127.0.0.1', 'localhost']) {
      const fact = await send(archive.port, 'tls: {ca: {secret: CA}}', { CA: ca.text() }, host)
      expect(fact.data).toMatchObject({ succeeded: 2, notAttempted: 0, error: null })
    }
    expect((await archive.received()).size).toBe(2)
  })

  test('gets nothing, and says why, when somebody else vouches for it, or its name is another', async () => {
    const archive = await storescp(other)
    const stranger = await send(archive.port, 'tls: {ca: {secret: CA}}', { CA: ca.text() })
    expect(stranger.data).toMatchObject({ succeeded: 0, notAttempted: 2, code: 'RD_DICOM_UNREACHABLE' })
    expect(stranger.data.error).toMatch(/certificate/)
    const known = `tls: {ca: {secret: CA}, server_name: pacs.example}`
    const renamed = await send(archive.port, known, { CA: other.text() })
    expect(renamed.data.error).toMatch(/pacs\.example/)
    const nobody = await send(archive.port, 'tls: true')
    expect(nobody.data).toMatchObject({ succeeded: 0, notAttempted: 2, code: 'RD_DICOM_UNREACHABLE' })
    expect(await archive.count()).toBe(0)
    const anybody = await send(archive.port, 'tls: {verify: false}')
    expect(anybody.data).toMatchObject({ succeeded: 2 })
  })

  test('that asks for our certificate gets it, by name out of the secrets', async () => {
    const own = ca.sign('raddeploy')
    const archive = await storescp(ca, '-rc', '+cf', ca.cert)
    const secrets = { CA: ca.text(), CERT: pem(own.cert), KEY: pem(own.key) }
    const without = await send(archive.port, 'tls: {ca: {secret: CA}}', secrets)
    expect(without.data).toMatchObject({ succeeded: 0, notAttempted: 2, code: 'RD_DICOM_UNREACHABLE' })
    const tls = 'tls: {ca: {secret: CA}, cert: {secret: CERT}, key: {secret: KEY}}'
    expect((await send(archive.port, tls, secrets)).data).toMatchObject({ succeeded: 2, error: null })
    const mixed = await send(archive.port, tls, { ...secrets, KEY: 'no key' })
    expect(mixed.data).toMatchObject({ notAttempted: 2, code: 'RD_CONFIG_INVALID' })
  })

  test('is not spoken to in the clear', async () => {
    const archive = await storescp()
    expect((await send(archive.port, 'name: plain')).data).toMatchObject({ succeeded: 0, notAttempted: 2 })
  })
})

test('a DICOM node that knows no TLS gets nothing in the clear where the flow file wants TLS', async () => {
  const archive = await startStorescp('ARCHIVE')
  running.push(archive)
  const fact = await send(archive.port, 'tls: {verify: false}')
  expect(fact.data).toMatchObject({ succeeded: 0, notAttempted: 2, code: 'RD_DICOM_UNREACHABLE' })
  expect(await archive.count()).toBe(0)
})
