import { mkdtemp, open, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import pino from 'pino'
import { plainNode } from '../core/delivery/destination.ts'
import { parsePart10 } from '../core/dicom/part10.ts'
import { type Instance, sendInstances } from '../infra/dimse/sender/send.ts'
import { ObjectStore } from '../infra/s3/store.ts'
import { attemptDelivery } from '../processors/scu/effects.ts'
import { evolve } from '../processors/scu/evolve.ts'
import { noDelivery } from '../processors/scu/state.ts'
import { an } from '../test/support/events.ts'
import { startPrivateStack } from '../test/support/privateStack.ts'
import { compared, median } from './figure.ts'
import { type Part } from './parts.ts'
import { storescp } from './peers/storescp.ts'
import { makeSlices } from './slices.ts'
import { send } from './storescu.ts'

const slices = 200
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5)

/** A file as an instance: its head is read at once, the whole when its turn comes. */
const fromFile = async (path: string): Promise<Instance> => {
  const file = await open(path)
  try {
    const { buffer: head } = await file.read(Buffer.alloc(16_384), 0, 16_384, 0)
    const { datasetOffset: start, ...names } = parsePart10(head)
    return {
      id: path,
      ...names,
      size: (await file.stat()).size - start,
      open: async () => Readable.from([(await readFile(path)).subarray(start)], { objectMode: false }),
    }
  } finally {
    await file.close()
  }
}

/** Seconds that sending the files of a folder takes. */
type Sender = (folder: string, port: number) => Promise<number>

const seconds = async (task: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await task()
  return (performance.now() - began) / 1000
}

/** Our sender alone, from the files that storescu sends. */
const ourSender: Sender = (folder, port) =>
  seconds(async () => {
    const paths = (await readdir(folder)).map((name) => join(folder, name))
    const instances = await Promise.all(paths.map(fromFile))
    const titles = { calledAeTitle: 'RADDEPLOY', callingAeTitle: 'BENCH' }
    const results = await sendInstances({ host: '127.0.0.1', port, ...titles, instances })
    if (results.some(({ outcome }) => outcome !== 'success')) throw new Error('an instance was not taken')
  })

/** A whole attempt as the SCU makes it: out of S3, each byte hashed, results kept there. */
const ourDelivery = (store: ObjectStore): Sender => {
  const attempt = attemptDelivery({
    store,
    logger: pino({ level: 'warn' }, pino.destination(2)),
    callingAeTitle: 'BENCH',
    secretOf: (name) => name,
    pseudonymKey: Buffer.alloc(32),
  })
  return async (folder, port) => {
    const nonce = `bench/${performance.now()}`
    const files = await Promise.all(
      (await readdir(folder)).map(async (path) => {
        const object = await store.put(`${nonce}/${path}`, await readFile(join(folder, path)))
        return { path, object }
      }),
    )
    const manifest = await store.putJson(`${nonce}/manifest`, { files })
    const destination = plainNode('127.0.0.1', port, 'RADDEPLOY')
    const mount = { name: 'dst', manifest, files: files.length, bytes: 0 }
    const queued = an.deliveryQueued({ deliveryId: nonce, destination, files: mount })
    const delivery = evolve(noDelivery, queued)
    return seconds(async () => {
      const { data } = await attempt(delivery, new AbortController().signal)
      if (data.succeeded !== files.length) throw new Error(`not every instance was taken: ${data.error}`)
    })
  }
}

/**
 * Images a second that reach dcmtk's storescp: by our sender and by storescu from the same files, and by a whole
 * attempt at a delivery. In turn, each on an empty folder and after a warm-up; the median of the rounds counts.
 */
export const sending: Part = async (say) => {
  const folder = await mkdtemp(join(tmpdir(), 'raddeploy-bench-'))
  const stack = await startPrivateStack()
  const store = new ObjectStore(stack.endpoints.s3)
  try {
    await store.ensureBucket()
    const warmUp = await makeSlices(join(folder, 'warm-up'), 400)
    const series = await makeSlices(join(folder, 'series'), slices)
    const senders: readonly (readonly [string, Sender])[] = [
      ['storescu', (folder, port) => send([folder], port)],
      ['our sender', ourSender],
      ['our delivery', ourDelivery(store)],
    ]
    const speeds = new Map<string, number[]>(senders.map(([name]) => [name, []]))
    for (let round = 1; round <= rounds; round += 1)
      for (const [name, sender] of senders) {
        const data = join(folder, 'data')
        const server = await storescp.start(data)
        try {
          await sender(warmUp, server.port)
          const speed = slices / (await sender(series, server.port))
          say(`round ${round}: ${name}: ${speed.toFixed(0)} images/s`)
          speeds.get(name)!.push(speed)
        } finally {
          await server.stop()
          await rm(data, { recursive: true, force: true })
        }
      }
    const peer = median(speeds.get('storescu')!)
    return [
      ['sent instances, from files', 'our sender'],
      ['sent instances, a delivery out of S3', 'our delivery'],
    ].map(([name, ours]) =>
      compared(
        { name: name!, ours: median(speeds.get(ours!)!), peer, peerName: 'dcmtk storescu', unit: 'images/s' },
        { atLeast: 0.8 },
      ),
    )
  } finally {
    store.close()
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
