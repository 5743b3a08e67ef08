import { test } from 'vitest'
import { dispatcher } from '../../../../processors/dispatcher/index.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const { given } = spec(dispatcher().decider)
const one = an.workerJoined({ workerId: 'worker-1', slots: 1 })
const queued = (runId: string, jobId: string) => an.modelQueued({ runId, jobId })

test('a cancelled run frees its slot at once, for what waits', () =>
  given(one, queued('run-1', 'a'), an.modelAssigned({ jobId: 'a' }), queued('run-2', 'b'))
    .when(an.runCancelled())
    .then({ type: 'ModelAssigned', data: { jobId: 'b', slot: 0 } }))

test('nothing of it is placed any more, waiting or late', () => {
  given(queued('run-1', 'a'), an.runCancelled()).when(one).thenNothing()
  given(one, an.runCancelled()).when(queued('run-1', 'a')).thenNothing()
})
