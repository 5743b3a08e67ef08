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
