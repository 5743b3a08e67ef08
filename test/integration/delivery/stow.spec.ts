import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchOrthanc } from '../../support/orthanc.ts'
import { type DicomFile, makeFile } from '../../support/dicomFiles.ts'
import { delivering, destinationIn } from '../../support/delivering.ts'

const plugin = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so'
const password = 'n0b0dy kn0ws'
let folder: string
let pacs: Awaited<ReturnType<typeof launchOrthanc>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-stow-'))
  pacs = await launchOrthanc(join(folder, 'orthanc'), 'PACS', {
    Plugins: [plugin],
    AuthenticationEnabled: true,
    RegisteredUsers: { raddeploy: password },
  })
})
afterAll(async () => {
  await pacs.stop()
  await rm(folder, { recursive: true, force: true })
})

const basic = (word: string): string => `Basic ${Buffer.from(`raddeploy:${word}`).toString('base64')}`
const ask = async (path: string, body?: string): Promise<unknown> => {
  const response = await fetch(`http://127.0.0.1:${pacs.httpPort}${path}`, {
    headers: { authorization: basic(password) },
    ...(body === undefined ? {} : { method: 'POST', body }),
  })
  return path.endsWith('/file') ? Buffer.from(await response.arrayBuffer()) : response.json()
}
const sending = (word = password) => {
  const timeouts = { connectMs: 3000, associationMs: 3000, responseMs: 20_000 }
  const parts = delivering({ secrets: { PACS: basic(word) }, timeouts })
  const to = destinationIn(
    `{stow: "http://127.0.0.1:${pacs.httpPort}/dicom-web", headers: {Authorization: {secret: PACS}}}`,
  )
  return { ...parts, to }
}
const read = async (made: readonly DicomFile[]): Promise<Record<string, Buffer>> =>
  Object.fromEntries(
    await Promise.all(made.map(async ({ path }, n) => [`${n}.dcm`, await readFile(path)] as const)),
  )

describe('an Orthanc gets by STOW-RS', () => {
  test('more instances than one request holds, bit for bit, whatever they are', async () => {
    const made: DicomFile[] = []
    for (const syntax of ['implicit', 'explicit', 'jpegLs', 'rle'] as const)
      made.push(await makeFile(folder, { kind: 'ct', syntax }))
    made.push(await makeFile(folder, { kind: 'rtstruct' }))
    while (made.length < 105) made.push(await makeFile(folder, { kind: 'ct' }))
    const files = await read(made)
    const { attempt, delivery, to } = sending()
    const fact = await attempt(delivery(to, files))
    expect(fact.data).toMatchObject({ succeeded: 105, failed: 0, notAttempted: 0, error: null })
    for (const [n, { sopInstanceUid }] of made.slice(0, 6).entries()) {
      const [found] = (await ask('/tools/lookup', sopInstanceUid)) as { ID: string }[]
      const kept = (await ask(`/instances/${found!.ID}/file`)) as Buffer
      expect(kept.equals(files[`${n}.dcm`]!)).toBe(true)
    }
  })

  test('the same again, as after a lost answer, without harm', async () => {
    const files = await read([await makeFile(folder, { kind: 'ct' })])
    const { attempt, delivery, to } = sending()
    for (let n = 0; n < 2; n++)
      expect((await attempt(delivery(to, files))).data).toMatchObject({ succeeded: 1, failed: 0 })
  })

  test('nothing where it does not know us, and no password is written down', async () => {
    const files = await read([await makeFile(folder, { kind: 'ct' })])
    const { attempt, delivery, to, written } = sending('guessed')
    const fact = await attempt(delivery(to, files))
    expect(fact.data).toMatchObject({ succeeded: 0, failed: 1, code: 'RD_DESTINATION_UNAVAILABLE' })
    expect(fact.data.error).toMatch(/HTTP status 401/)
    expect(written(fact)).not.toContain(basic('guessed'))
  })
})
