import { describe, expect, test } from 'vitest'
import { type BundleClosed } from '../../../../schemas/generated/bundles.ts'
import { closedWith, consider, inForce, instance } from '../../../support/considering.ts'
import { an } from '../../../support/events.ts'

const whole = closedWith(instance('1', 'CT'), instance('2', 'MR'))
const bundle = (more: Partial<BundleClosed>) => an.bundleClosed({ ...whole.data, ...more })
const lost = { complete: false, reason: 'association lost' }

describe('an AE title that may trigger some flows only', () => {
  const forLungs = (flows: readonly string[] | null) =>
    bundle({ flows: flows && [...flows], calledAeTitle: 'LUNG' })

  test.each([
    [['lung-ct'], ['lung-ct']],
    [['lung-*'], ['lung-ct', 'lung-mr']],
    [
      ['heart', '*-mr'],
      ['heart', 'lung-mr'],
    ],
    [null, ['heart', 'lung-ct', 'lung-mr']],
  ])('triggers those of %j that match, and nothing else is said', async (flows, expected) => {
    const facts = await consider(
      forLungs(flows),
      ...[inForce('heart', ''), inForce('lung-ct', ''), inForce('lung-mr', 'bundle: {by: study}')],
    )
    expect(facts.map(({ data }) => 'flowName' in data && data.flowName)).toEqual(expected)
  })

  test.each([[['lung-*']], [[]]])(
    'says of the others that they were not to be triggered: %j',
    async (flows) =>
      expect(await consider(forLungs(flows), inForce('heart', ''))).toMatchObject([
        {
          type: 'BundleUnmatched',
          data: {
            reason: 'no flow matches',
            considered: [{ flowName: 'heart', trigger: -1, reason: 'AE title LUNG may not trigger it' }],
          },
        },
      ]),
  )
})

describe('a bundle that is incomplete', () => {
  const held = { trigger: -1, reason: 'it takes no bundle that is incomplete' }

  test('runs nothing by default, and says what it lacks and what was considered', async () =>
    expect(await consider(bundle(lost), inForce('a', ''), inForce('b', 'bundle: {by: study}'))).toMatchObject(
      [
        {
          type: 'BundleUnmatched',
          data: {
            reason: 'incomplete: association lost',
            considered: [
              { flowName: 'a', ...held },
              { flowName: 'b', ...held },
            ],
          },
        },
      ],
    ))

  test('says so where no flow is defined, too', async () =>
    expect(await consider(bundle(lost))).toMatchObject([
      { data: { reason: 'incomplete: association lost', considered: [] } },
    ]))

  test('runs the flows that want it so, and only these', async () => {
    const facts = await consider(
      bundle(lost),
      ...[inForce('a', ''), inForce('b', 'bundle: {incomplete: run}')],
      inForce('c', 'bundle: {by: study, incomplete: run}'),
    )
    expect(facts.map(({ type, data }) => [type, 'flowName' in data && data.flowName])).toEqual([
      ['TriggerMatched', 'b'],
      ['BundleGathered', 'c'],
    ])
  })

  test('is not run by a flow whose triggers it does not meet', async () => {
    const half = { ...closedWith(instance('1', 'CT')).data, ...lost }
    expect(
      await consider(an.bundleClosed(half), inForce('a', ''), inForce('b', 'bundle: {incomplete: run}')),
    ).toMatchObject([
      {
        data: {
          reason: 'incomplete: association lost',
          considered: [
            { flowName: 'a', ...held },
            { flowName: 'b', trigger: 1 },
          ],
        },
      },
    ])
  })
})
