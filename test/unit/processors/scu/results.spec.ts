import { describe, expect, test } from 'vitest'
import { type InstanceResult } from '../../../../infra/dimse/sender/instance.ts'
import { acknowledgedIn, countsOf, remaining } from '../../../../processors/scu/results.ts'

const files = ['a', 'b', 'c', 'd', 'e'].map((path) => ({ path }))
const result = (id: string, outcome: InstanceResult['outcome']): InstanceResult => ({
  id,
  sopInstanceUid: id,
  outcome,
  status: null,
  comment: null,
})
const results = (...outcomes: readonly [string, InstanceResult['outcome']][]): readonly InstanceResult[] =>
  outcomes.map(([id, outcome]) => result(id, outcome))
const order = (before: readonly InstanceResult[]): string =>
  remaining(files, before)
    .map(({ path }) => path)
    .join('')

describe('what is sent in an attempt', () => {
  test('is everything at first', () => expect(order([])).toBe('abcde'))

  test('is not what was acknowledged, with a warning or without', () =>
    expect(order(results(['a', 'success'], ['b', 'warning'], ['c', 'failure'], ['d', 'failure']))).toBe(
      'ecd',
    ))

  test('is first what the last attempt did not come to, then what it broke off at, then what was refused', () =>
    expect(
      order(
        results(
          ['a', 'failure'],
          ['b', 'success'],
          ['c', 'notAttempted'],
          ['d', 'notAttempted'],
          ['e', 'notAttempted'],
        ),
      ),
    ).toBe('deca'))

  test('comes to every instance, though two of them break every association', () => {
    let before: readonly InstanceResult[] = []
    const arrived = new Set<string>()
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      let isBroken = false
      const sent = remaining(files, before).map(({ path }) => {
        isBroken ||= path === 'a' || path === 'c'
        if (!isBroken) arrived.add(path)
        return result(path, isBroken ? 'notAttempted' : 'success')
      })
      before = [...acknowledgedIn(before), ...sent]
    }
    expect([...arrived].sort()).toEqual(['b', 'd', 'e'])
  })
})

test('results are counted by their outcome', () =>
  expect(
    countsOf(
      results(['a', 'success'], ['b', 'success'], ['c', 'warning'], ['d', 'failure'], ['e', 'notAttempted']),
    ),
  ).toEqual({ succeeded: 2, warned: 1, failed: 1, notAttempted: 1 }))
