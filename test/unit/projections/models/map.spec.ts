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

test('what an attempt needs of a worker stands beside it, and until when it waits', () => {
  const needs = { cpus: 4, memory: 1000, gpus: 1, gpuMemory: 500, labels: ['a100'] }
  given(an.modelQueued({ ...needs, notBefore: Date.UTC(2026, 0, 1) })).then('models', {
    ...{ cpus_needed: 4, memory_needed: 1000, gpus_needed: 1, gpu_memory_needed: 500 },
    ...{ labels_needed: ['a100'], not_before: '2026-01-01T00:00:00.000Z' },
  })
  given(an.modelQueued()).thenUnset('models', 'memory_needed', 'gpu_memory_needed', 'not_before')
})

test('a model that was skipped is a row of attempt 0 that says why', () =>
  given(an.modelSkipped({ model: 2, name: 'fold', reason: 'no file of src meets trigger 1' })).then(
    'models',
    {
      ...{ attempt: 0, outcome: 'skipped', model: 2, name: 'fold' },
      message: 'no file of src meets trigger 1',
    },
  ))

test('why no worker could take an attempt is what was said last', () => {
  const last = an.modelUnplaceable({ reason: 'no worker has 2 GPUs' })
  given(an.modelQueued(), an.modelUnplaceable(), last, an.modelAssigned()).then('models', {
    unplaceable_at: last.meta.time,
    unplaceable_reason: 'no worker has 2 GPUs',
    worker_id: 'worker-1',
  })
})

test('outputs that were taken over name the attempt that made them', () => {
  const reusedFrom = { runId: 'run-0', jobId: 'job-0', attempt: 2 }
  given(an.modelFinished({ stepHash: 'abc', reusedFrom })).then('models', {
    ...{ step_hash: 'abc', reused_from_run: 'run-0', reused_from_job: 'job-0', reused_from_attempt: 2 },
  })
  given(an.modelFinished({ stepHash: 'abc' })).thenUnset('models', 'reused_from_run')
})
