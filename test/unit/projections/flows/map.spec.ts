import { expect, test } from 'vitest'
import { flows } from '../../../../projections/flows/index.ts'
import { changesOf, folded, projectionSpec } from '../../../support/projectionSpec.ts'
import { flowDefined, flowRetired } from '../../../support/story.ts'

const { given } = projectionSpec(flows)

test('a flow is as it was defined last', () =>
  given(flowDefined('contour', '1'), flowDefined('contour', '2')).then('flows', {
    version: '2',
    hash: 'hash-2',
  }))

test('a retired flow can be defined again', () =>
  given(flowDefined('contour'), flowRetired('contour'), flowDefined('contour')).thenUnset(
    'flows',
    'retired_at',
    'retired_by',
  ))

test('compaction changes nothing: the last event alone gives the same row', () => {
  for (const last of [flowDefined('contour', '2'), flowRetired('contour')])
    expect(folded(changesOf(flows, [flowDefined('contour'), flowRetired('contour'), last]))).toEqual(
      folded(changesOf(flows, [last])),
    )
})
