import { test } from 'vitest'
import { workers } from '../../../../projections/workers/index.ts'
import { an } from '../../../support/events.ts'
import { projectionSpec } from '../../../support/projectionSpec.ts'
import { workerLeft } from '../../../support/story.ts'

const { given } = projectionSpec(workers)

test('a worker is seen last with its last heartbeat', () => {
  const beat = an.workerHeartbeat({ slots: 4 })
  given(an.workerJoined({ slots: 2 }), beat).then('workers', {
    host: 'gpu-1',
    slots: 4,
    last_seen_at: beat.meta.time,
  })
})

test('a worker that joins again has not left', () => {
  given(an.workerJoined(), workerLeft('worker-1')).then('workers', { left_reason: 'stopped' })
  given(an.workerJoined(), workerLeft('worker-1'), an.workerJoined({ sentAt: 1 })).thenUnset(
    'workers',
    'left_at',
    'left_reason',
  )
})

test('a worker offers what it said last; what an older one does not say is not known', () => {
  const offer = { cpus: 8, memory: 1000, gpus: ['0'], gpuMemory: [500] }
  const row = { cpus: 8, memory: 1000, gpus: ['0'], gpu_memory: [500] }
  given(an.workerJoined(), an.workerHeartbeat(offer)).then('workers', row)
  given(an.workerJoined(offer)).then('workers', row)
  given(an.workerJoined()).thenUnset('workers', 'cpus', 'memory')
})

test('a worker is drained until it is resumed, whatever it says itself', () => {
  const drained = an.workerDrained({ by: 'anna', reason: 'new GPU' })
  given(
    an.workerJoined(),
    drained,
    an.workerHeartbeat(),
    workerLeft('worker-1'),
    an.workerJoined({ sentAt: 1 }),
  ).then('workers', { drained_at: drained.meta.time, drained_by: 'anna', drained_reason: 'new GPU' })
  given(an.workerJoined(), drained, an.workerResumed()).thenUnset(
    'workers',
    ...['drained_at', 'drained_by', 'drained_reason'],
  )
})
