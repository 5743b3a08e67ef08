import { test } from 'vitest'
import { models } from '../../../../projections/models/index.ts'
import { an, mount } from '../../../support/events.ts'
import { projectionSpec } from '../../../support/projectionSpec.ts'
import { modelStarted } from '../../../support/story.ts'

const { given } = projectionSpec(models)
const job = { runId: 'run-1', jobId: 'job-1', attempt: 1 }

test('each attempt at a model is a row', () =>
  given(
    an.modelQueued({ attempt: 1 }),
    an.modelFailed({ attempt: 1, kind: 'lost' }),
    an.modelQueued({ attempt: 2 }),
    an.modelFinished({ attempt: 2 }),
  ).then(
    'models',
    { attempt: 1, outcome: 'failed', failure_kind: 'lost' },
    { attempt: 2, outcome: 'finished', exit_code: 0 },
  ))

test('of two assignments of an attempt the first holds', () =>
  given(
    an.modelAssigned({ workerId: 'worker-1', slot: 0 }),
    an.modelAssigned({ workerId: 'worker-2', slot: 3 }),
  ).then('models', { worker_id: 'worker-1', slot: 0 }))

test('the late result of a lost attempt changes nothing', () => {
  const lost = given(an.modelFailed({ kind: 'lost' }), an.modelFinished({ exitCode: 0 }))
  lost.then('models', { outcome: 'failed', failure_kind: 'lost' })
  lost.thenUnset('models', 'exit_code', 'outputs', 'run_ms')
})

test('a model counts the files of all its inputs', () =>
  given(an.modelQueued({ inputs: [mount('a'), mount('b')] })).then('models', {
    input_files: 2,
    input_bytes: 6,
  }))

test('a started container is named with the digest of its image', () =>
  given(modelStarted(job)).then('models', { image: 'model:1', image_digest: 'sha256:1' }))
