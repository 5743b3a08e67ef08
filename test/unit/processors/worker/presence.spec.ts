import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Fact } from '../../../../core/event/event.ts'
import { announce } from '../../../../processors/worker/presence.ts'

const offer = {
  ...{ workerId: 'w', host: 'h', slots: 4, cpus: 4, memory: 0, gpus: [], gpuMemory: [], labels: ['pet'] },
  leaseMs: 6000,
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const announced = async (canRun: () => Promise<boolean>, fails = false) => {
  const said: Fact[] = []
  const publish = (fact: Fact): Promise<void> => {
    said.push(fact)
    return fails && said.length > 1 ? Promise.reject(new Error('no broker')) : Promise.resolve()
  }
  return { said, presence: await announce(offer, { publish, canRun }) }
}
const slotsOf = (facts: readonly Fact[]): unknown[] =>
  facts.map(({ type, data }) => [type, (data as { slots?: number }).slots])

test('a worker joins, is heard several times within its lease, and leaves', async () => {
  const { said, presence } = await announced(() => Promise.resolve(true))
  expect(said[0]).toMatchObject({ type: 'WorkerJoined', stream: 'w', data: { ...offer } })
  await vi.advanceTimersByTimeAsync(6000)
  expect(said.filter(({ type }) => type === 'WorkerHeartbeat')).toHaveLength(6)
  await presence.leave('stopped')
  expect(said.at(-1)).toMatchObject({ type: 'WorkerLeft', data: { workerId: 'w', reason: 'stopped' } })
  await vi.advanceTimersByTimeAsync(6000)
  expect(said.at(-1)!.type).toBe('WorkerLeft')
})

test('it offers no slots while it could start no container', async () => {
  let able = false
  const { said } = await announced(() => Promise.resolve(able))
  await vi.advanceTimersByTimeAsync(1000)
  able = true
  await vi.advanceTimersByTimeAsync(1000)
  expect(slotsOf(said)).toEqual([
    ['WorkerJoined', 0],
    ['WorkerHeartbeat', 0],
    ['WorkerHeartbeat', 4],
  ])
})

test('a heartbeat that fails is followed by the next', async () => {
  const { said } = await announced(() => Promise.resolve(true), true)
  await vi.advanceTimersByTimeAsync(3000)
  expect(said).toHaveLength(4)
})

test('nothing is said after it has left, though it was about to', async () => {
  let answer: (able: boolean) => void = () => undefined
  let calls = 0
  const canRun = () =>
    (calls += 1) === 1 ? Promise.resolve(true) : new Promise<boolean>((resolve) => (answer = resolve))
  const { said, presence } = await announced(canRun)
  await vi.advanceTimersByTimeAsync(1000)
  await presence.leave('stopped')
  answer(true)
  await vi.advanceTimersByTimeAsync(0)
  expect(said.map(({ type }) => type)).toEqual(['WorkerJoined', 'WorkerLeft'])
})
