import { test } from 'vitest'
import { bundles } from '../../../../projections/bundles/index.ts'
import { an } from '../../../support/events.ts'
import { projectionSpec } from '../../../support/projectionSpec.ts'

const { given } = projectionSpec(bundles)

test('a bundle that flows take names each of them with its run', () => {
  const matched = given(
    an.bundleClosed({ instances: 3 }),
    an.triggerMatched({ flowName: 'contour', runId: 'run-1' }),
    an.triggerMatched({ flowName: 'segment', runId: 'run-2' }),
  )
  matched.then('bundles', { instances: 3, decision: 'matched' })
  matched.then(
    'bundle_matches',
    { flow_name: 'contour', run_id: 'run-1' },
    { flow_name: 'segment', run_id: 'run-2' },
  )
})

test('a bundle that no flow takes says why, for each flow', () => {
  const considered = [{ flowName: 'contour', flowHash: 'hash', trigger: 0, reason: 'Modality' }]
  given(an.bundleClosed(), an.bundleUnmatched({ considered })).then('bundles', {
    decision: 'unmatched',
    unmatched_reason: 'no match',
    considered,
  })
})

test('of a match and an unmatch the first holds', () => {
  const matched = given(an.triggerMatched(), an.bundleUnmatched())
  matched.then('bundles', { decision: 'matched' })
  matched.thenUnset('bundles', 'unmatched_reason', 'considered')
  given(an.bundleUnmatched(), an.triggerMatched()).then('bundles', { decision: 'unmatched' })
})

test('the first match by a flow holds', () =>
  given(an.triggerMatched({ flowHash: 'old' }), an.triggerMatched({ flowHash: 'new' })).then(
    'bundle_matches',
    {
      flow_hash: 'old',
    },
  ))

test('a bundle whose files are taken together with others is gathered', () =>
  given(an.bundleClosed(), an.bundleGathered()).then('bundles', { decision: 'gathered' }))

test('a bundle that was gathered over several associations names them, and what for', () => {
  const flow = { flowName: 'contour', flowVersion: '1', flowHash: 'hash', definition: '{}' }
  const gathering = { by: 'study', value: '1.2.3', bundleIds: ['a', 'b'], ...flow }
  const reason = 'study 1.2.3 was quiet for 30 s'
  given(
    an.bundleClosed({ bundleId: 'g1', associationIds: ['a', 'b'], reason, gathering }),
    an.triggerMatched({ bundleId: 'g1', flowName: 'contour' }),
  ).then('bundles', {
    association_ids: ['a', 'b'],
    close_reason: reason,
    gathered_for: 'contour',
    gathered_by: 'study',
    gathered_value: '1.2.3',
    decision: 'matched',
  })
})
