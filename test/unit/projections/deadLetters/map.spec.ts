import { test } from 'vitest'
import { deadLetters } from '../../../../projections/deadLetters/index.ts'
import { projectionSpec } from '../../../support/projectionSpec.ts'
import { deadLettered } from '../../../support/story.ts'

const { given } = projectionSpec(deadLetters)

test('a record that was put aside twice by one consumer is one row', () =>
  given(deadLettered(7), deadLettered(7), deadLettered(8)).then(
    'dead_letters',
    { offset: 7, consumer: 'collector', key_bytes: 3, value_bytes: 2 },
    { offset: 8 },
  ))
