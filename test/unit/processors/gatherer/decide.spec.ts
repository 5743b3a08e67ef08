import { describe, expect, test } from 'vitest'
import { type Fact, type Recorded } from '../../../../core/event/event.ts'
import { gatherer } from '../../../../processors/gatherer/index.ts'
import { Partition } from '../../../../processors/runtime/partition.ts'
import { type Events } from '../../../../schemas/generated/events.ts'
import { an, recorded } from '../../../support/events.ts'
import { memoryStore } from '../../../support/memoryStore.ts'
import { spec } from '../../../support/spec.ts'

type Data = Partial<Events['InstancesGathered']>
const s3 = memoryStore()
const processor = gatherer({ store: s3.store })
const { decider } = processor
const { given } = spec(decider)

const start = Date.parse('2026-01-01T00:00:00.000Z')
/** So many seconds after the start. */
const at = (seconds: number): { time: string } => ({ time: new Date(start + seconds * 1000).toISOString() })
const second = (seconds: number): number => start + seconds * 1000
/** Instances of an association, each a SOP Instance UID with the key of its object. */
const part = (
  association: string,
  triggersMet: readonly number[],
  seconds: number,
  files: Data & { of?: Record<string, string> } = {},
) => {
  const { of = { [`1.${association}`]: association }, ...data } = files
  const instances = Object.entries(of).map(([sopInstanceUid, key]) => ({
    ...{
      sopInstanceUid,
      sopClassUid: '1',
      seriesInstanceUid: '1.2',
      studyInstanceUid: '1',
      transferSyntaxUid: '1',
    },
    object: { key, size: 3, sha256: '0'.repeat(64) },
    ...{ datasetOffset: 0, headerLength: 3 },
  }))
  const manifest = s3.put(`part/${association}`, Buffer.from(JSON.stringify({ instances })))
  return an.instancesGathered(
    { bundleId: association, associationIds: [association], triggersMet, manifest, ...data },
    at(seconds),
  )
}
const timer = (seconds: number): Recorded =>
  an.timerFired({ processor: 'gatherer', stream: 'gathering-1', dueAt: second(seconds) })
const wakeAt = (...events: readonly Recorded[]) => decider.wakeAt!(given(...events).state())
const pending = (...events: readonly Recorded[]) =>
  decider.pending!(given(...events).state(), undefined).map(({ key }) => key)
/** What the effect that is pending says. */
const closes = async (...events: readonly Recorded[]): Promise<Recorded<'BundleClosed'>> => {
  const state = given(...events).state()
  const [effect] = decider.pending!(state, undefined)
  const { signal } = new AbortController()
  const facts: Fact<'BundleClosed'>[] = []
  for await (const fact of processor.run!(effect as never, { state, known: undefined, signal }))
    facts.push(fact as Fact<'BundleClosed'>)
  expect(facts).toHaveLength(1)
  return recorded(facts[0]!)
}
const keysIn = ({ data }: Recorded<'BundleClosed'>): readonly string[] => {
  const { instances } = JSON.parse(s3.objects.get(data.manifest.key)!.toString('utf8')) as {
    instances: { object: { key: string } }[]
  }
  return instances.map(({ object }) => object.key)
}

const ct = part('ct', [0], 0)
const mr = part('mr', [1], 10)

describe('a gathering whose triggers are all met', () => {
  test('is closed when nothing has come for a while: two associations, one bundle', async () => {
    expect(wakeAt(ct, mr)).toBe(second(40))
    expect(pending(ct, mr)).toEqual([])
    const bundle = await closes(ct, mr, timer(40))
    expect(bundle).toMatchObject({
      stream: 'gathering-1',
      data: {
        associationIds: ['ct', 'mr'],
        complete: true,
        reason: 'study 1.2.3 was quiet for 30 s',
        instances: 2,
        gathering: {
          by: 'study',
          value: '1.2.3',
          bundleIds: ['ct', 'mr'],
          flowName: 'flow',
          flowHash: 'hash',
        },
      },
    })
    expect(keysIn(bundle)).toEqual(['ct', 'mr'])
  })

  test('waits longer when a third association comes meanwhile', async () => {
    const third = part('third', [1], 39)
    expect(wakeAt(ct, mr, third)).toBe(second(69))
    expect(pending(ct, mr, third, timer(40))).toEqual([])
    expect(wakeAt(ct, mr, third, timer(40))).toBe(second(69))
    expect((await closes(ct, mr, third, timer(69))).data.associationIds).toEqual(['ct', 'mr', 'third'])
  })

  test('waits never longer than the deadline', async () => {
    const last = part('last', [1], 890)
    expect(wakeAt(ct, mr, last)).toBe(second(900))
    const { reason } = (await closes(ct, mr, last, timer(900))).data
    expect(reason).toBe('study 1.2.3 was not quiet for 30 s within 15 min')
  })

  test('is closed at once where the moment had passed when the last trigger was met', async () => {
    const late = part('mr', [1], 899)
    expect(pending(ct, timer(900), late)).toHaveLength(1)
    expect((await closes(ct, timer(900), late)).data.associationIds).toEqual(['ct', 'mr'])
  })

  test('one association that meets all of them waits for quiet, too', () =>
    expect(wakeAt(part('both', [0, 1], 0))).toBe(second(30)))
})

describe('a gathering whose triggers are not all met', () => {
  test('waits for the deadline, whatever comes', () => {
    expect(wakeAt(ct)).toBe(second(900))
    expect(wakeAt(ct, part('more', [0], 100))).toBe(second(900))
    expect(pending(ct, timer(40))).toEqual([])
  })

  test('is closed then, and says which of them no file met', async () => {
    const { reason, complete } = (await closes(ct, timer(900))).data
    expect({ reason, complete }).toEqual({
      reason: 'study 1.2.3: no file met triggers[1] within 15 min',
      complete: true,
    })
  })

  test('what comes after that begins a new bundle', async () => {
    const first = await closes(ct, timer(900))
    const late = part('mr', [1], 1000)
    expect(pending(ct, timer(900), first, late)).toEqual([])
    expect(wakeAt(ct, timer(900), first, late)).toBe(second(1900))
    const again = await closes(ct, timer(900), first, late, part('ct2', [0], 1005), timer(1035))
    expect(again.data.associationIds).toEqual(['mr', 'ct2'])
    expect(again.data.bundleId).not.toBe(first.data.bundleId)
  })
})

describe('each part is in one bundle', () => {
  test('the same part twice counts once', async () => {
    expect(wakeAt(ct, mr, part('mr', [1], 35))).toBe(second(40))
    expect((await closes(ct, mr, part('mr', [1], 35), timer(40))).data.associationIds).toEqual(['ct', 'mr'])
  })

  test('an instance that is sent again is in it once, as it was sent last', async () => {
    const before = part('a', [0], 0, { of: { '1.1': 'a1', '1.2': 'a2' } })
    const after = part('b', [1], 5, { of: { '1.3': 'b3', '1.1': 'b1' } })
    const bundle = await closes(before, after, timer(35))
    expect(bundle.data.instances).toBe(3)
    expect(keysIn(bundle)).toEqual(['b1', 'a2', 'b3'])
  })

  test('a part that came while the bundle was made begins the next', async () => {
    const bundle = await closes(ct, mr, timer(40))
    const late = part('late', [0, 1], 41)
    expect(pending(ct, mr, timer(40), late, bundle)).toEqual([])
    expect(wakeAt(ct, mr, timer(40), late, bundle)).toBe(second(71))
    const next = await closes(ct, mr, timer(40), late, bundle, timer(71))
    expect(next.data).toMatchObject({ associationIds: ['late'], gathering: { bundleIds: ['late'] } })
    // Timers stand on another topic: a restart may read them in another order, and decides the same.
    expect(wakeAt(timer(40), ct, mr, late, bundle)).toBe(second(71))
    expect(wakeAt(ct, mr, late, bundle, timer(40))).toBe(second(71))
  })

  test('of two bundles of one collection, made by two gatherers, the first holds, whatever each has', async () => {
    const third = part('third', [1], 40)
    const few = await closes(ct, mr, timer(40))
    const all = await closes(ct, mr, third, timer(70))
    expect(few.data.bundleId).toBe(all.data.bundleId)
    expect(few.data.manifest.key).not.toBe(all.data.manifest.key)
    const left = (...events: readonly Recorded[]) =>
      given(...events)
        .state()
        .parts.map(({ data }) => data.bundleId)
    expect(left(ct, mr, third, few, all)).toEqual(['third'])
    expect(left(ct, mr, third, all, few)).toEqual([])
  })
})

test('a gathering is open until all that came is in a bundle', async () => {
  const open = (...events: readonly Recorded[]) => decider.isOpen(given(...events).state(), 'gathering-1')
  const bundle = await closes(ct, mr, timer(40))
  expect([open(), open(ct), open(ct, mr, timer(40)), open(ct, mr, timer(40), bundle)]).toEqual([
    false,
    true,
    true,
    false,
  ])
})

describe('a restart', () => {
  const restored = (...events: readonly Recorded[]): Partition => {
    const partition = new Partition(processor)
    for (const event of events) expect([...partition.step(event, undefined, false)]).toEqual([])
    return partition
  }

  test('waits for the same moment, and closes the same bundle', async () => {
    expect(restored(ct, mr).due(second(39))).toEqual([])
    expect(
      restored(ct, mr)
        .due(second(40))
        .map(({ fact }) => fact.data),
    ).toEqual([{ processor: 'gatherer', stream: 'gathering-1', dueAt: second(40) }])
    const keys = () =>
      restored(ct, mr, timer(40))
        .pending(undefined)
        .map(({ effect }) => effect.key)
    expect(keys()).toHaveLength(1)
    expect(keys()).toEqual(keys())
    expect((await closes(ct, mr, timer(40))).meta.id).toBe((await closes(ct, mr, timer(40))).meta.id)
  })

  test('has nothing left to do for what was closed, and knows nothing of bundles of one association', async () => {
    const bundle = await closes(ct, mr, timer(40))
    const partition = restored(an.bundleClosed(), ct, mr, timer(40), bundle)
    expect(partition.pending(undefined)).toEqual([])
    expect(partition.due(second(99_999))).toEqual([])
  })

  test('keeps two gatherings apart that the same associations take part in', () => {
    const other = { gatheringId: 'gathering-2', flowName: 'other' }
    const partition = restored(
      ...[ct, mr, part('ct', [0], 0, other), part('mr', [1], 10, other)],
      ...[timer(40), an.timerFired({ processor: 'gatherer', stream: 'gathering-2', dueAt: second(40) })],
    )
    expect(new Set(partition.pending(undefined).map(({ effect }) => effect.key)).size).toBe(2)
  })
})
