import { test } from 'vitest'
import { runs } from '../../../../projections/runs/index.ts'
import { an } from '../../../support/events.ts'
import { projectionSpec } from '../../../support/projectionSpec.ts'
import { modelStarted } from '../../../support/story.ts'

const { given } = projectionSpec(runs)
const job = { runId: 'run-1', jobId: 'job-1', attempt: 1 }

test('a run starts with its first container', () => {
  const [first, second] = [modelStarted(job), modelStarted({ ...job, attempt: 2 })]
  given(an.runCreated(), first, second).then('runs', { flow_name: 'flow', started_at: first.meta.time })
})

test('a finished run names its output', () =>
  given(an.runCreated(), an.runFinished()).then('runs', {
    outcome: 'finished',
    input_manifest_key: 'src.json',
    output_manifest_key: 'dst.json',
  }))

test('the first end of a run holds', () => {
  const failed = given(an.runCreated(), an.runFailed({ reason: 'exit' }), an.runFinished())
  failed.then('runs', { outcome: 'failed', reason: 'exit', failed_model: 'model' })
  failed.thenUnset('runs', 'output_files', 'output_manifest_key')
  const finished = given(an.runCreated(), an.runFinished(), an.runFailed())
  finished.then('runs', { outcome: 'finished' })
  finished.thenUnset('runs', 'reason', 'failed_job_id')
})

test('a cancelled run says who wanted that and why', () => {
  const cancelled = given(an.runCreated(), an.runCancelled(), an.runFinished())
  cancelled.then('runs', { outcome: 'cancelled', cancelled_by: 'operator', reason: 'wrong patient' })
  cancelled.thenUnset('runs', 'output_files')
})
