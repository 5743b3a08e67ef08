import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach } from 'vitest'
import { scpConfigSchema } from '../../producers/scp/config.ts'
import { type Scp, startScp } from '../../producers/scp/index.ts'
import { authority } from './certificates.ts'
import { intakeParts } from './intakeParts.ts'
import { type Modality, releaseRequest } from './modality.ts'

/** Where the certificates lie. */
export const folder = mkdtempSync(join(tmpdir(), 'rd-scp-'))
const [ours, strangers] = [authority(folder), authority(folder, 'strangers')]
const server = ours.sign('scp')
/** Whom the SCP knows, and whom it does not. */
export const [scanner, stranger] = [ours.sign('scanner'), strangers.sign('scanner')]
/** The SCP's own certificate, for its configuration. */
export const tls = { key: server.key, cert: server.cert, ca: ours.cert }
/** A client that trusts it, and shows no certificate; or shows one. */
export const trusting = { ca: ours.text() }
export const showing = ({ key, cert }: { key: string; cert: string }) => ({
  ...trusting,
  key: readFileSync(key),
  cert: readFileSync(cert),
})

const started: Scp[] = []
afterEach(async () => {
  for (const scp of started.splice(0)) await scp.close(0)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** An SCP that stores nowhere and writes no log, on a free port; it is closed after the test. */
export const start = async (config: object = {}) => {
  const intake = intakeParts()
  const whole = scpConfigSchema.parse({ name: 'ward', host: '127.0.0.1', port: 0, ...config })
  const scp = await startScp(whole, intake.parts)
  started.push(scp)
  return { ...intake, scp, port: scp.port }
}

/** How an association is answered: 2 accepted, or the three numbers of the reject. */
export const answerTo = async (modality: Modality): Promise<string> => {
  const answer = await modality.next()
  return answer?.type === 3 ? [...answer.body.subarray(1)].join('/') : String(answer?.type ?? 'closed')
}

/** Ends an association. */
export const released = async (modality: Modality): Promise<void> => {
  modality.send(releaseRequest)
  await modality.rest()
}
