import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parsePart10, part10Header } from '../../../core/dicom/part10.ts'
import { converted } from '../../../infra/dimse/sender/convert.ts'
import { type Destination, startStorescp } from '../../support/dcmtk.ts'
import { delivering, destinationIn } from '../../support/delivering.ts'
import { type Wanted, datasetOf, makeFile, transferSyntaxes } from '../../support/dicomFiles.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-convert-'))
})
afterAll(() => rm(folder, { recursive: true }))

type Target = 'implicit' | 'explicit'
/** What dcmtk makes of a file: undefined lengths, no lengths of groups, the pixels as they are. */
const byDcmtk = async (path: string, to: Target): Promise<Buffer> => {
  const [plain, out] = [`${path}.plain`, `${path}.${to}.dcmtk`]
  const { transferSyntaxUid } = parsePart10(await readFile(path))
  if (transferSyntaxUid === transferSyntaxes.rle) await execa('dcmdrle', [path, plain])
  const source = transferSyntaxUid === transferSyntaxes.rle ? plain : path
  // To inflate is all there is to do: lengths stay as they are.
  const isInflated = transferSyntaxUid === transferSyntaxes.deflated && to === 'explicit'
  const way = [to === 'implicit' ? '+ti' : '+te', ...(isInflated ? [] : ['-e', '-g'])]
  await execa('dcmconv', [...way, source, out])
  return datasetOf(await readFile(out))
}
const byUs = async (path: string, to: Target, step = 1000): Promise<Buffer> => {
  const { datasetOffset: start, transferSyntaxUid } = parsePart10(await readFile(path))
  const source = createReadStream(path, { start, highWaterMark: step })
  return buffer(converted(source, transferSyntaxUid, transferSyntaxes[to]))
}
/** Every element with its value, as dcmtk reads them. */
const dumpOf = async (dataset: Buffer, to: Target): Promise<string> => {
  const names = { sopClassUid: '1.2.3', sopInstanceUid: '1.2.3', transferSyntaxUid: transferSyntaxes[to] }
  const path = join(folder, 'dumped.dcm')
  await writeFile(path, Buffer.concat([part10Header(names), dataset]))
  const { stdout } = await execa('dcmdump', ['+L', '+W', folder, '-q', path]).catch(() =>
    execa('dcmdump', ['+L', '-q', path]),
  )
  return stdout
}

const sorts: readonly Wanted[] = [
  { kind: 'ct', syntax: 'bigEndian' },
  { kind: 'ct', syntax: 'deflated' },
  { kind: 'ct', syntax: 'rle', side: 33 },
  { kind: 'us', syntax: 'rle', side: 21 },
  { kind: 'usMultiframe', syntax: 'rle', side: 15, frames: 3 },
  { kind: 'usMultiframe', syntax: 'bigEndian', frames: 3 },
  { kind: 'rtstruct', syntax: 'bigEndian' },
  { kind: 'rtstruct', syntax: 'deflated' },
  { kind: 'private', syntax: 'bigEndian' },
]
const both = sorts.flatMap((wanted) => [[wanted, 'implicit'] as const, [wanted, 'explicit'] as const])

describe('a data set is converted as dcmtk converts it, byte for byte:', () => {
  test.each([
    ...both,
    [{ kind: 'ct', syntax: 'explicit' }, 'implicit'] as const,
    [{ kind: 'rtstruct', syntax: 'explicit' }, 'implicit'] as const,
    [{ kind: 'ct', syntax: 'implicit' }, 'explicit'] as const,
    [{ kind: 'rtstruct', syntax: 'implicit' }, 'explicit'] as const,
  ])('%j to %s', async (wanted, to) => {
    const { path } = await makeFile(folder, wanted)
    const [ours, theirs] = [await byUs(path, to), await byDcmtk(path, to)]
    if (!ours.equals(theirs)) expect(await dumpOf(ours, to)).toBe(await dumpOf(theirs, to))
    expect(ours.equals(theirs)).toBe(true)
    for (const step of [1, 7]) expect((await byUs(path, to, step)).equals(ours)).toBe(true)
  })
})

describe('a DICOM node that takes one transfer syntax only', () => {
  const running: Destination[] = []
  afterAll(() => Promise.all(running.map((one) => one.stop())))
  const lossless = ['implicit', 'explicit', 'bigEndian', 'deflated', 'rle'] as const
  const lossy = ['jpegBaseline', 'jpegLossless', 'jpegLs', 'jpeg2000'] as const

  test('gets what can be written so without loss, pixels and private elements as they were; the rest has a reason', async () => {
    const archive = await startStorescp('ARCHIVE', undefined, ['+xi'])
    running.push(archive)
    const made = await Promise.all(
      [...lossless, ...lossy].map((syntax) =>
        makeFile(folder, { kind: syntax === 'jpegBaseline' ? 'us' : 'ct', syntax }),
      ),
    )
    const { attempt, delivery, resultsOf } = delivering({
      timeouts: { connectMs: 3000, associationMs: 3000, responseMs: 3000 },
    })
    const files = Object.fromEntries(
      await Promise.all(made.map(async ({ path }, n) => [String(n), await readFile(path)] as const)),
    )
    const to = destinationIn(`{host: 127.0.0.1, port: ${archive.port}, ae_title: ARCHIVE}`)
    const fact = await attempt(delivery(to, files))
    expect(fact.data).toMatchObject({ succeeded: 5, failed: 4, notAttempted: 0, error: null })
    const results = resultsOf(fact)
    expect(results.map(({ transferSyntaxUid }) => transferSyntaxUid)).toEqual([
      undefined,
      ...Array<string>(4).fill(transferSyntaxes.implicit),
      ...Array<undefined>(4).fill(undefined),
    ])
    for (const { comment } of results.slice(5))
      expect(comment).toMatch(/in transfer syntax 1\.2\.840\.10008\.1\.2\.4\.\d+ \(JPEG.*no lossless way/)
    const arrived = await archive.received()
    expect(arrived.size).toBe(5)
    for (const { path, sopInstanceUid } of made.slice(1, 5)) {
      const { dataset, transferSyntaxUid } = arrived.get(sopInstanceUid)!
      expect(transferSyntaxUid).toBe(transferSyntaxes.implicit)
      expect(dataset.equals(await byDcmtk(path, 'implicit'))).toBe(true)
    }
    const [implicit] = made
    const same = arrived.get(implicit!.sopInstanceUid)!.dataset
    expect(same.equals(datasetOf(files['0']!))).toBe(true)
  })
})
