import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { Partition } from '../../../../processors/runtime/partition.ts'
import { type AnyProcessor } from '../../../../processors/runtime/processor.ts'
import { metadataOf, oldestIn } from '../../../../processors/runtime/restore.ts'
import { an } from '../../../support/events.ts'

const cause = an.runCreated()

/** A processor that queues a delivery of each finished run and counts what it has folded. */
const counting: AnyProcessor = {
  name: 'counting',
  reads: ['RunCreated', 'RunFinished', 'TimerFired'],
  writes: ['DeliveryQueued'],
  scope: 'stream',
  decider: {
    initial: { count: 0, open: false },
    evolve: (state: { count: number }, event: Recorded) => ({
      count: state.count + 1,
      open: event.type !== 'RunFinished',
    }),
    decide: (state: { count: number }, event: Recorded) => {
      if (event.stream === 'poison') throw new Error('cannot decide')
      return event.type === 'RunFinished'
        ? [{ type: 'DeliveryQueued', stream: 'd', data: { count: state.count } }]
        : []
    },
    wakeAt: (state: { open: boolean }) => (state.open ? 1000 : undefined),
    pending: (state: { open: boolean; count: number }) =>
      state.open ? [{ key: `effect ${state.count}`, cause }] : [],
    isOpen: (state: { open: boolean }) => state.open,
  },
}
const step = (partition: Partition, event: Recorded, live = true) => [
  ...partition.step(event, undefined, live),
]
const created = (runId: string) => an.runCreated({ runId })
const finished = (runId: string) => an.runFinished({ runId })

describe('a partition', () => {
  test('decides on each event with the state that already contains it', () => {
    const partition = new Partition(counting)
    expect(step(partition, created('a'))).toEqual([])
    expect(step(partition, finished('a'))).toMatchObject([{ do: 'publish', facts: [{ data: { count: 2 } }] }])
  })

  test('ignores an event that it has seen, also after its stream has closed', () => {
    const partition = new Partition(counting)
    const end = finished('a')
    expect(step(partition, end)).toHaveLength(1)
    expect(step(partition, { ...end, at: { ...end.at, offset: end.at.offset + 9n } })).toEqual([])
  })

  test('folds without deciding while it restores', () => {
    const partition = new Partition(counting)
    expect(step(partition, finished('a'), false)).toEqual([])
    expect(partition.due(5000)).toEqual([])
  })

  test('puts an event aside that cannot be decided on', () =>
    expect(step(new Partition(counting), finished('poison'))).toMatchObject([{ do: 'put-aside' }]))

  test('keeps the oldest offset that a restart must read again', () => {
    const partition = new Partition(counting)
    const first = created('a')
    expect(partition.oldest(first.at.topic, first.at.partition)).toBeUndefined()
    step(partition, first)
    step(partition, { ...created('a'), at: { ...first.at, offset: first.at.offset + 5n } })
    expect(partition.oldest(first.at.topic, first.at.partition)).toBe(first.at.offset)
  })

  test('forgets closed streams only when there are many of them', () => {
    const partition = new Partition(counting)
    const place = { topic: 'raddeploy.runs', partition: 0 }
    for (let i = 0; i < 1001; i++)
      step(partition, { ...finished(`run ${i}`), at: { ...place, offset: BigInt(i) } })
    expect(partition.oldest(place.topic, place.partition)).toBe(1n)
  })

  test('names the effects of open streams, with the state they start from', () => {
    const partition = new Partition(counting)
    step(partition, created('a'))
    expect(partition.pending(undefined)).toEqual([
      { effect: { key: 'effect 1', cause }, state: { count: 1, open: true } },
    ])
    step(partition, finished('a'))
    expect(partition.pending(undefined)).toEqual([])
  })

  test('names the timers that are due, without changing anything', () => {
    const partition = new Partition(counting)
    step(partition, created('a'))
    expect(partition.due(999)).toEqual([])
    const due = partition.due(1000)
    expect(due).toMatchObject([{ fact: { type: 'TimerFired', stream: 'a', data: { dueAt: 1000 } } }])
    expect(partition.due(1001)).toEqual(due)
  })

  test('puts an event aside that cannot be folded, keeps the state, and goes on', () => {
    const partition = new Partition({
      ...counting,
      decider: {
        ...counting.decider,
        evolve: (state: { count: number }, event: Recorded) => {
          if (event.type === 'RunCreated') throw new SyntaxError('not JSON')
          return { count: state.count + 1, open: false }
        },
      },
    })
    expect(step(partition, created('a'))).toMatchObject([{ do: 'put-aside', error: { message: 'not JSON' } }])
    expect(step(partition, created('b'), false)).toEqual([])
    expect(step(partition, finished('a'))).toMatchObject([{ do: 'publish', facts: [{ data: { count: 1 } }] }])
    expect(partition.pending(undefined)).toEqual([])
  })

  test('leaves the timers of other processors alone', () => {
    const partition = new Partition(counting)
    expect(step(partition, an.timerFired({ processor: 'other', stream: 'a' }))).toEqual([])
    expect(partition.oldest('raddeploy.timers', 0)).toBeUndefined()
  })
})

describe('what is kept beside a committed offset', () => {
  test('is read back', () => {
    expect(oldestIn(metadataOf(12n))).toBe(12n)
    expect(oldestIn(metadataOf(undefined))).toBe('none')
  })
  test.each([[''], [null], ['2:7'], ['rubbish']])('means nothing is known where it is %j', (text) =>
    expect(oldestIn(text)).toBe('unknown'),
  )
})
