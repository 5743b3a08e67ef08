import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { type BundledInstance } from '../../../../core/manifest/manifest.ts'
import { type FlowInForce } from '../../../../processors/fingerprinter/flowsInForce.ts'
import { fingerprinter } from '../../../../processors/fingerprinter/index.ts'
import { Partition } from '../../../../processors/runtime/partition.ts'
import { closedWith, consider, inForce, instance, s3 } from '../../../support/considering.ts'
import { an } from '../../../support/events.ts'
import { spec } from '../../../support/spec.ts'

const processor = fingerprinter({ store: s3.store })
const { given } = spec(processor.decider, new Map())
const byStudy = inForce('f', 'bundle: {by: study, quiet: 2s, deadline: 1m}')

describe('a flow that takes files of several associations together', () => {
  test('gathers, of each study, what meets a trigger; the bundle is considered by that', async () => {
    const bundle = closedWith(
      instance('1', 'CT'),
      instance('2', 'US'),
      instance('3', 'MR', { studyInstanceUid: '2' }),
      instance('4', 'CT'),
      instance('5', 'CT', { studyInstanceUid: null }),
    )
    const facts = await consider(bundle, byStudy)
    expect(facts).toMatchObject([
      {
        type: 'BundleGathered',
        stream: bundle.stream,
        data: {
          ...{ flowName: 'f', by: 'study', triggers: 2, quietMs: 2000, deadlineMs: 60_000, leftOut: 1 },
          parts: [
            { value: '1', instances: 2, triggersMet: [0] },
            { value: '2', instances: 1, triggersMet: [1] },
          ],
        },
      },
    ])
    const [{ data }] = facts as unknown as [Recorded<'BundleGathered'>]
    const { key } = data.parts[0]!.manifest
    const kept = JSON.parse(s3.objects.get(key)!.toString('utf8')) as { instances: BundledInstance[] }
    expect(kept.instances.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['1', '4'])
    given(bundle)
      .when(an.bundleGathered(data))
      .then(
        {
          type: 'InstancesGathered',
          data: { ...data.parts[0]!, bundleId: bundle.data.bundleId, triggers: 2 },
        },
        { type: 'InstancesGathered', data: { ...data.parts[1]!, flowHash: byStudy[1].defined.hash } },
      )
  })

  test.each([
    ['series', '1.2'],
    ['study', '1'],
    ['frame_of_reference', '9'],
    ['patient', 'p'],
  ])('by %s', async (by, value) =>
    expect(
      await consider(closedWith(instance('1', 'CT')), inForce('f', `bundle: {by: ${by}}`)),
    ).toMatchObject([{ data: { by, parts: [{ value }] } }]),
  )

  test('gathers apart what another definition, or another flow, gathers', async () => {
    const bundle = closedWith(instance('1', 'CT'))
    const ids = async (flow: [string, FlowInForce]) =>
      ((await consider(bundle, flow)) as unknown as Recorded<'BundleGathered'>[]).flatMap(({ data }) =>
        data.parts.map(({ gatheringId }) => gatheringId),
      )
    const found = [
      ...(await ids(byStudy)),
      ...(await ids(inForce('g', 'bundle: {by: study, quiet: 2s, deadline: 1m}'))),
      ...(await ids(inForce('f', 'bundle: {by: study, quiet: 3s, deadline: 1m}'))),
    ]
    expect(new Set(found).size).toBe(3)
    expect(await ids(byStudy)).toEqual(found.slice(0, 1))
  })

  test('stands beside one that goes by association, in one list', async () => {
    const both = closedWith(instance('1', 'CT'), instance('2', 'MR'))
    const facts = await consider(both, inForce('now', ''), byStudy)
    expect(facts.map(({ type, stream }) => [type, stream])).toEqual([
      ['BundleGathered', both.stream],
      ['TriggerMatched', both.stream],
    ])
  })

  test('says why where nothing meets a trigger, or nothing can be gathered', async () => {
    expect(await consider(closedWith(instance('1', 'US')), byStudy)).toMatchObject([
      {
        type: 'BundleUnmatched',
        data: { considered: [{ trigger: 0, reason: 'no file meets it: Modality is met by 0 of 1' }] },
      },
    ])
    const lacking = closedWith(instance('1', 'CT', { studyInstanceUid: null }), instance('2', 'US'))
    expect(await consider(lacking, byStudy)).toMatchObject([
      { data: { considered: [{ trigger: -1, reason: '1 of 2 meet a trigger, but name no study' }] } },
    ])
  })

  test('takes nothing of an incomplete association', async () =>
    expect(
      await consider(an.bundleClosed({ complete: false, reason: 'association lost' }), byStudy),
    ).toMatchObject([{ type: 'BundleUnmatched', data: { reason: 'incomplete: association lost' } }]))

  test('of two facts by one flow the first holds, whichever they are', () => {
    given(an.bundleClosed(), an.bundleGathered()).when(an.triggerMatched()).thenNothing()
    given(an.bundleClosed(), an.triggerMatched()).when(an.bundleGathered()).thenNothing()
    given(an.bundleClosed(), an.bundleUnmatched()).when(an.bundleGathered()).thenNothing()
    given(an.bundleClosed(), an.bundleGathered())
      .when(an.bundleGathered({ flowHash: 'new' }))
      .thenNothing()
  })
})

describe('a bundle that was gathered for a flow', () => {
  const { name: flowName, version: flowVersion, hash: flowHash, definition } = byStudy[1].defined
  const gathered = (bundleId: string, ...instances: readonly BundledInstance[]) => {
    const { data } = closedWith(...instances)
    const gathering = {
      by: 'study',
      value: '1',
      bundleIds: ['a', 'b'],
      flowName,
      flowVersion,
      flowHash,
      definition,
    }
    const closed = an.bundleClosed({ ...data, bundleId, reason: 'study 1 was quiet for 2 s', gathering })
    return { ...closed, stream: 'gathering-1' }
  }
  const whole = [instance('1', 'CT'), instance('2', 'MR')]

  test('is matched with that flow alone, by the definition that gathered it', async () => {
    const newer = inForce('f', 'priority: 1')
    const facts = await consider(gathered('b1', ...whole), newer, inForce('other', ''))
    expect(facts).toMatchObject([
      {
        type: 'TriggerMatched',
        stream: 'gathering-1',
        data: { bundleId: 'b1', flowName, flowHash, input: { files: 2 } },
      },
    ])
    expect(newer[1].defined.hash).not.toBe(flowHash)
  })

  test('is explained where a trigger is not met, or where the flow was paused or retired meanwhile', async () => {
    const bundle = gathered('b1', whole[0]!)
    const why = async (...flows: readonly [string, FlowInForce][]) =>
      (await consider(bundle, ...flows)).map(({ type, data }) => ({ type, data }))
    expect(await why(byStudy)).toMatchObject([
      {
        type: 'BundleUnmatched',
        data: {
          bundleId: 'b1',
          reason: 'no flow matches: study 1 was quiet for 2 s',
          considered: [{ trigger: 1 }],
        },
      },
    ])
    const paused = inForce('f', '', { by: 'me', since: 'noon', reason: null })
    expect(await why(paused)).toMatchObject([
      { data: { considered: [{ reason: 'paused by me since noon' }] } },
    ])
    expect(await why(inForce('other', ''))).toMatchObject([
      { type: 'BundleUnmatched', data: { reason: 'flow f was retired meanwhile' } },
    ])
  })

  test('is considered for itself, though all those of a gathering stand on one stream', () => {
    const partition = new Partition(processor)
    const waits = (...events: readonly Recorded[]) => {
      for (const event of events) expect([...partition.step(event, new Map(), false)]).toEqual([])
      return partition.pending(new Map()).map(({ effect }) => effect.key)
    }
    expect(waits(gathered('b1', ...whole))).toEqual(['b1'])
    expect(waits({ ...an.triggerMatched({ bundleId: 'b1' }), stream: 'gathering-1' })).toEqual([])
    expect(waits(gathered('b2', ...whole))).toEqual(['b2'])
  })
})
