import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Recorded } from '../../core/event/event.ts'
import { emitter } from '../../infra/kafka/emitter.ts'
import { Publisher } from '../../infra/kafka/publisher.ts'
import { scpConfigSchema } from '../../producers/scp/config.ts'
import { type Scp, startScp } from '../../producers/scp/index.ts'
import { type Copies, makeCopies } from '../support/copies.ts'
import { type Destination, startStorescp } from '../support/dcmtk.ts'
import { newUid } from '../support/dicomFiles.ts'
import { killServer, pidOf } from '../support/killServer.ts'
import { type PrivateStack, startPrivateStack } from '../support/privateStack.ts'
import { answersIn } from '../support/storescuOutput.ts'
import { type System, startSystem } from '../support/system.ts'

const images = 60
const studyUid = newUid()
/** How long S3, or Kafka, may be silent: short, so that a silence ends in refusals and not in patience alone. */
const deadlineMs = 3000
const success = 'Success'
const outOfResources = 'Refused: OutOfResources'
let folder: string
let stack: PrivateStack
let system: System
let publisher: Publisher
let scp: Scp
let destination: Destination

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-stopped-'))
  stack = await startPrivateStack()
  destination = await startStorescp('ARCHIVE')
  system = await startSystem(stack.endpoints, ['collector', 'fingerprinter', 'scheduler', 'scu'])
  const { store, kafka, codec } = system.connections
  const logger = pino({ level: 'silent' })
  publisher = new Publisher({ kafka, codec, logger, deadlineMs })
  scp = await startScp(scpConfigSchema.parse({ name: 'ward', host: '127.0.0.1', port: 0 }), {
    store,
    emit: emitter(publisher, '/raddeploy/scp/ward'),
    pseudonymKey: Buffer.from('key'),
    logger,
    storeDeadlineMs: deadlineMs,
  })
  await system.apply(`
name: archives
triggers: [{ StudyInstanceUID: ['^${studyUid.replaceAll('.', '\\.')}$'] }]
destinations: [{ host: 127.0.0.1, port: ${destination.port}, ae_title: ARCHIVE }]
`)
})
afterAll(async () => {
  await scp?.close(0)
  await publisher?.close()
  await system?.stop()
  await destination?.stop()
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
})

/**
 * Sends all with dcmtk's storescu, which goes on after a failure, but gives up where no answer comes for 20 s.
 * Gives the answers by SOP Instance UID; `onAnswers` has those that there are, again and again.
 */
const send = async (
  calling: string,
  { folder: below, uids }: Copies,
  onAnswers: (answers: readonly string[]) => void = () => undefined,
): Promise<{ readonly output: string; readonly answers: ReadonlyMap<string, string> }> => {
  const args = ['-v', '-nh', '-td', '20', '-aet', calling, '-aec', 'RADDEPLOY', '+sd']
  const child = execa('storescu', [...args, '127.0.0.1', String(scp.port), below], {
    all: true,
    reject: false,
    env: { TCP_NODELAY: '1' },
  })
  let printed = ''
  child.all.on('data', (text: Buffer) => {
    printed += text.toString('latin1')
    onAnswers([...answersIn(printed).values()])
  })
  const { all: output } = await child
  return {
    output,
    answers: new Map([...answersIn(output)].map(([name, answer]) => [uids.get(name)!, answer])),
  }
}

/** What happens to a server: `begin` at once, `end` once the sender has felt it. */
const trouble = {
  'is killed': (server: string) => ({
    begin: () => killServer(stack.setup, server),
    end: () => undefined,
  }),
  'falls silent for a while': (server: string) => ({
    begin: () => Promise.resolve(process.kill(pidOf(stack.setup, server), 'SIGSTOP')),
    end: () => process.kill(pidOf(stack.setup, server), 'SIGCONT'),
  }),
}

const closedOf = async (calling: string, n: number): Promise<Recorded<'AssociationClosed'>> => {
  const opened = system
    .events()
    .filter((one) => one.type === 'AssociationOpened' && one.data.calling.aeTitle === calling)
  return system.event('AssociationClosed', ({ stream }) => stream === opened[n]!.stream)
}
const storedIn = (association: string): readonly Recorded<'InstanceStored'>[] =>
  system.events().filter((one) => one.type === 'InstanceStored' && one.stream === association) as never

const bundlesThatRan = (calling: string): ReadonlySet<string> =>
  new Set(
    system
      .events()
      .flatMap((one) =>
        one.type === 'RunCreated' && one.data.calling.aeTitle === calling ? [one.data.bundleId] : [],
      ),
  )

describe.each(['s3', 'kafka'])('while 60 images come in, %s', (server) => {
  test.each([
    ['falls silent for a while', 1],
    ['is killed', 0],
  ] as const)(
    '%s: each is answered, and nothing that was acknowledged is lost',
    async (what, leastRefused) => {
      const calling = `${server}${leastRefused}`.toUpperCase()
      const copies = await makeCopies(join(folder, calling), { kind: 'ct', studyUid, side: 256 }, images)
      const { begin, end } = trouble[what](server)
      let begun: Promise<unknown> | undefined
      const first = await send(calling, copies, (answers) => {
        if (answers.length >= images / 3) begun ??= begin()
        if (begun && answers.includes(outOfResources)) end()
      })
      await begun
      end()
      // Each was answered in time, none with what says that something was wrong with it.
      expect(first.answers.size, first.output).toBe(images)
      const [acknowledged, refused] = [success, outOfResources].map((wanted) =>
        [...first.answers].flatMap(([uid, answer]) => (answer === wanted ? [uid] : [])),
      ) as [string[], string[]]
      expect(acknowledged.length + refused.length, first.output).toBe(images)
      expect(acknowledged.length).toBeGreaterThanOrEqual(images / 3)
      expect(refused.length).toBeGreaterThanOrEqual(leastRefused)

      const closed = await closedOf(calling, 0)
      expect(closed.data).toMatchObject({
        ...{ how: 'released', stored: acknowledged.length, refused: refused.length },
      })
      const stored = storedIn(closed.stream)
      const known = new Set(stored.map(({ data }) => data.sopInstanceUid))
      expect(acknowledged.filter((uid) => !known.has(uid))).toEqual([])
      for (const { data } of stored) {
        const kept = await system.connections.store.read(data.object)
        expect(kept.subarray(data.datasetOffset).equals(copies.datasets.get(data.sopInstanceUid)!)).toBe(true)
      }

      // What we refused since Kafka was silent may be on the log after all: then what came is whole, or held with it.
      const { data: bundle } = await system.event('BundleClosed', ({ stream }) => stream === closed.stream)
      expect(bundle.instances).toBeGreaterThanOrEqual(bundle.complete ? images : acknowledged.length)
      if (refused.length === 0) expect(bundle.complete).toBe(true)
      const whole = bundle.complete ? [bundle.bundleId] : []
      if (!bundle.complete) {
        const held = await system.event('BundleUnmatched', ({ stream }) => stream === closed.stream)
        expect(held.data.reason).toMatch(/^incomplete: .* refused by us/)
      }
      if (refused.length > 0) {
        const again = await send(calling, copies)
        expect(new Set(again.answers.values()), again.output).toEqual(new Set([success]))
        const second = await closedOf(calling, 1)
        expect(second.data).toMatchObject({ stored: images, refused: 0 })
        whole.push(second.stream)
      }
      for (const bundleId of whole) {
        const run = await system.event('RunCreated', ({ data }) => data.bundleId === bundleId)
        const delivered = await system.event('DeliveryFinished', ({ data }) => data.runId === run.data.runId)
        expect(delivered.data.instances).toBe(images)
      }
      expect(bundlesThatRan(calling)).toEqual(new Set(whole))
      const received = await destination.received()
      for (const [uid, dataset] of copies.datasets)
        expect(received.get(uid)?.dataset.equals(dataset), uid).toBe(true)
    },
  )
})
