import { test } from 'vitest'
import { flows } from '../../../../projections/flows/index.ts'
import { projectionSpec } from '../../../support/projectionSpec.ts'
import { flowDefined, flowPaused, flowResumed, flowRetired } from '../../../support/story.ts'

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

test('a paused flow is paused by somebody, for a reason, until it is resumed', () => {
  given(flowDefined('contour'), flowPaused('contour')).then('flows', {
    paused_by: 'c',
    pause_reason: 'too slow',
    version: '1',
  })
  given(flowDefined('contour'), flowPaused('contour'), flowResumed('contour')).thenUnset(
    'flows',
    'paused_at',
    'paused_by',
    'pause_reason',
  )
})

test('a new definition leaves a paused flow paused, and retiring it ends that', () => {
  given(flowDefined('contour'), flowPaused('contour'), flowDefined('contour', '2')).then('flows', {
    paused_by: 'c',
    version: '2',
  })
  given(flowDefined('contour'), flowPaused('contour'), flowRetired('contour')).thenUnset('flows', 'paused_at')
})
