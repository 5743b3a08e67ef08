import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parsePart10 } from '../../../core/dicom/part10.ts'
import { freePort } from '../../../infra/embedded/ports.ts'
import { echo } from '../../../infra/dimse/sender/echo.ts'
import { type Instance, sendInstances } from '../../../infra/dimse/sender/send.ts'
import { type Destination, startStorescp } from '../../support/dcmtk.ts'
import { type Syntax, type Wanted, datasetOf, makeFile, transferSyntaxes } from '../../support/dicomFiles.ts'

let folder: string
const destinations: Destination[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sender-'))
})
afterAll(async () => {
  await Promise.all(destinations.map((one) => one.stop()))
  await rm(folder, { recursive: true })
})
const storescp = async (...options: string[]) => {
  const destination = await startStorescp('ARCHIVE', undefined, options)
  destinations.push(destination)
  const peer = {
    host: '127.0.0.1',
    port: destination.port,
    calledAeTitle: 'ARCHIVE',
    callingAeTitle: 'RADDEPLOY',
  }
  return { ...destination, peer }
}

/** A file as an instance, read in pieces. */
const fromFile = async (path: string): Promise<Instance> => {
  const { datasetOffset: start, ...names } = parsePart10((await readFile(path)).subarray(0, 16_384))
  const size = (await stat(path)).size - start
  return { id: path, ...names, size, open: () => Promise.resolve(createReadStream(path, { start })) }
}
const make = async (...wanted: Wanted[]): Promise<Instance[]> => {
  const instances: Instance[] = []
  for (const one of wanted) instances.push(await fromFile((await makeFile(folder, one)).path))
  return instances
}

const syntaxes = Object.keys(transferSyntaxes) as Syntax[]
const sorts: readonly Wanted[] = [
  ...syntaxes.map((syntax): Wanted => ({ kind: syntax === 'jpegBaseline' ? 'us' : 'ct', syntax })),
  { kind: 'rtstruct', syntax: 'deflated' },
  { kind: 'private' },
  { kind: 'usMultiframe', frames: 20, side: 256 },
]

describe('dcmtk receives', () => {
  test.each(['4096', '16384', '131072'])(
    'every data set bit for bit, in PDUs of %s bytes',
    async (length) => {
      const { peer, received } = await storescp('-pdu', length)
      const instances = await make(...sorts)
      const results = await sendInstances({ ...peer, instances })
      expect(results.map(({ id, outcome, status, comment }) => ({ id, outcome, status, comment }))).toEqual(
        instances.map(({ id }) => ({ id, outcome: 'success', status: 0, comment: null })),
      )
      const arrived = await received()
      expect(arrived.size).toBe(instances.length)
      for (const instance of instances) {
        const { dataset, ...names } = arrived.get(instance.sopInstanceUid)!
        const sent = datasetOf(await readFile(instance.id))
        const padding = Buffer.alloc(sent.length % 2)
        expect(dataset.equals(Buffer.concat([sent, padding])), instance.id).toBe(true)
        expect(names).toMatchObject({
          sopClassUid: instance.sopClassUid,
          transferSyntaxUid: instance.transferSyntaxUid,
        })
      }
    },
  )

  test('a deflated data set of odd length, with one 00 behind it', async () => {
    const { peer, received } = await storescp()
    let [odd] = await make({ kind: 'ct', syntax: 'deflated' })
    while (odd!.size % 2 === 0) [odd] = await make({ kind: 'ct', syntax: 'deflated' })
    expect(await sendInstances({ ...peer, instances: [odd!] })).toMatchObject([{ outcome: 'success' }])
    const { dataset } = (await received()).get(odd!.sopInstanceUid)!
    const sent = datasetOf(await readFile(odd!.id))
    expect(dataset.equals(Buffer.concat([sent, Buffer.alloc(1)]))).toBe(true)
  })

  test('a data set of 300 MB, of which we hold no more than a few', async () => {
    const { peer, received } = await storescp()
    const size = 300_000_000
    const hash = createHash('sha256')
    let most = 0
    async function* source(): AsyncGenerator<Buffer> {
      for (let sent = 0; sent < size; sent += 100_000) {
        const chunk = Buffer.alloc(100_000, sent / 100_000)
        hash.update(chunk)
        yield chunk
        await new Promise(setImmediate)
        most = Math.max(most, process.memoryUsage().arrayBuffers)
      }
    }
    const [one] = await make({ kind: 'usMultiframe' })
    const before = process.memoryUsage().arrayBuffers
    const instances = [{ ...one!, size, open: () => Promise.resolve(Readable.from(source())) }]
    expect(await sendInstances({ ...peer, instances })).toMatchObject([{ outcome: 'success' }])
    expect(most - before).toBeLessThan(100_000_000)
    const arrived = (await received()).get(one!.sopInstanceUid)!
    expect(createHash('sha256').update(arrived.dataset).digest('hex')).toBe(hash.digest('hex'))
  })

  test('only what it has a context for; the rest fails with a reason', async () => {
    const destination = await startStorescp('PLAIN', undefined, ['+xi'])
    destinations.push(destination)
    const instances = await make({ kind: 'ct', syntax: 'implicit' }, { kind: 'ct', syntax: 'jpegLs' })
    const peer = { host: '127.0.0.1', port: destination.port, calledAeTitle: 'PLAIN', callingAeTitle: 'RD' }
    expect(await sendInstances({ ...peer, instances })).toMatchObject([
      { outcome: 'success', status: 0 },
      {
        outcome: 'failure',
        status: null,
        comment: expect.stringMatching(/does not take.*4\.80 \(JPEG-LS Lossless\)/) as string,
      },
    ])
    expect((await destination.received()).size).toBe(1)
  })

  test('C-ECHO', async () => {
    const { peer } = await storescp()
    await echo(peer)
  })
})

describe('dcmtk that', () => {
  test('aborts after the first instance has that one', async () => {
    const { peer } = await storescp('--abort-after')
    const instances = await make({ kind: 'ct' }, { kind: 'ct' }, { kind: 'ct' })
    const results = await sendInstances({ ...peer, instances })
    expect(results.slice(1).map(({ outcome }) => outcome)).toEqual(['notAttempted', 'notAttempted'])
  })

  test('aborts in the midst of an instance has none', async () => {
    const { peer } = await storescp('--abort-during')
    const instances = await make({ kind: 'usMultiframe', frames: 20, side: 512 }, { kind: 'ct' })
    const results = await sendInstances({ ...peer, instances })
    expect(results.map(({ outcome }) => outcome)).toEqual(['notAttempted', 'notAttempted'])
  })

  test('refuses every association says so', async () => {
    const { peer } = await storescp('--refuse')
    await expect(sendInstances({ ...peer, instances: await make({ kind: 'ct' }) })).rejects.toThrow(
      expect.objectContaining({ code: 'RD_DICOM_REJECTED' }) as Error,
    )
  })

  test('dies while it receives leaves the rest not attempted, and is unreachable then', async () => {
    const destination = await startStorescp('MORTAL', await freePort())
    const { port } = destination
    const instances = await make({ kind: 'ct' }, { kind: 'ct' }, { kind: 'ct' })
    const peer = { host: '127.0.0.1', port, calledAeTitle: 'MORTAL', callingAeTitle: 'RD' }
    const [first, second, third] = instances as [Instance, Instance, Instance]
    async function* untilItDies(): AsyncGenerator<Buffer> {
      await destination.stop()
      yield* (await second.open()) as AsyncIterable<Buffer>
    }
    const dying = { ...second, open: () => Promise.resolve(Readable.from(untilItDies())) }
    const results = await sendInstances({ ...peer, instances: [first, dying, third] })
    expect(results.map(({ outcome }) => outcome)).toEqual(['success', 'notAttempted', 'notAttempted'])
    await expect(sendInstances({ ...peer, instances })).rejects.toThrow(
      expect.objectContaining({ code: 'RD_DICOM_UNREACHABLE' }) as Error,
    )
  })
})
