import { expect, test } from 'vitest'
import { type Due } from '../../../../processors/runtime/partition.ts'
import { Timers } from '../../../../processors/runtime/timers.ts'

const due = (stream: string, dueAt: number): Due => ({
  fact: { type: 'TimerFired', stream, data: { processor: 'scu', stream, dueAt } },
  correlationId: stream,
})

test('a moment of a stream is fired once, the next one again', () => {
  const timers = new Timers()
  const fired: number[] = []
  const publish = ({ fact }: Due) => Promise.resolve(fired.push(fact.data.dueAt))
  timers.fire([due('a', 1)], publish)
  timers.fire([due('a', 1)], publish)
  timers.fire([due('a', 2)], publish)
  expect(fired).toEqual([1, 2])
})

test('a timer that could not be published fires again', async () => {
  const timers = new Timers()
  const tries: string[] = []
  const publish = async ({ fact }: Due) => {
    tries.push(fact.stream)
    if (tries.length === 1) throw new Error('Kafka is away')
    return Promise.resolve()
  }
  timers.fire([due('a', 1)], publish)
  await new Promise(setImmediate)
  timers.fire([due('a', 1)], publish)
  timers.fire([due('a', 1)], publish)
  expect(tries).toEqual(['a', 'a'])
})
