import { describe, expect, test } from 'vitest'
import { type Note } from '../../../../core/delivery/sent.ts'
import { type BundledInstance } from '../../../../core/manifest/manifest.ts'
import { key } from '../../../../infra/s3/key.ts'
import { an } from '../../../support/events.ts'
import { closedWith, consider, inForce, instance, s3 } from '../../../support/considering.ts'

const scanner = { aeTitle: 'SCANNER', host: '10.0.0.1' }
const archive = { aeTitle: 'ARCHIVE', host: '10.0.0.2' }
let uids = 0
/** An instance under a new UID in a series of its own, noted as sent so. */
const sent = (modality: string, ...notes: readonly Note[]) => {
  const uid = `1.2.${(uids += 1)}`
  for (const { lineage, sender } of notes) {
    const [passed, made] = sender ? [[uid], []] : [[], [uid]]
    const note = Buffer.from(JSON.stringify({ lineage, sender, passed, made }))
    s3.put(key.sent(`${uid}.0`, note), note)
  }
  return instance(uid, modality, { seriesInstanceUid: `${uid}.0` })
}
const from = (calling: typeof scanner, ...instances: readonly BundledInstance[]) =>
  an.bundleClosed({ ...closedWith(...instances).data, bundleId: `bundle-${(uids += 1)}`, calling })
const byA = { lineage: ['a'], sender: null }
const unmatched = (...considered: readonly object[]) => [
  { type: 'BundleUnmatched', data: { reason: 'no flow matches', considered } },
]

describe('a flow', () => {
  test('takes nothing of what are its own results, and says where they came from', async () => {
    const bundle = from(archive, sent('CT', byA), sent('MR', byA))
    expect(await consider(bundle, inForce('a', ''))).toMatchObject(
      unmatched({
        flowName: 'a',
        trigger: -1,
        reason: 'its own results: they came back from ARCHIVE@10.0.0.2',
      }),
    )
  })

  test('takes them where it wants them', async () => {
    const bundle = from(archive, sent('CT', byA), sent('MR', byA))
    expect(await consider(bundle, inForce('a', 'own_results: take'))).toMatchObject([
      { type: 'TriggerMatched', data: { input: { files: 2 }, lineage: ['a'] } },
    ])
  })

  test('takes the rest of what came with them, where that meets its triggers', async () => {
    const whole = from(archive, sent('CT', byA), sent('CT'), sent('MR'))
    expect(await consider(whole, inForce('a', ''))).toMatchObject([
      { type: 'TriggerMatched', data: { input: { files: 2 }, lineage: [] } },
    ])
    const part = from(archive, sent('CT', byA), sent('MR'))
    expect(await consider(part, inForce('a', ''))).toMatchObject(
      unmatched({
        ...{ flowName: 'a', trigger: 0 },
        reason: expect.stringMatching(/; 1 of its own results came back from ARCHIVE@10\.0\.0\.2$/) as string,
      }),
    )
  })

  test('takes what went out as it came in from who sent it, as often as it is sent, and from nobody else', async () => {
    const routed = { lineage: ['a'], sender: scanner }
    const [ct, mr] = [sent('CT', routed), sent('MR', routed)]
    expect(await consider(from(scanner, ct, mr), inForce('a', ''))).toMatchObject([
      { type: 'TriggerMatched' },
    ])
    expect(await consider(from(archive, ct, mr), inForce('a', ''))).toMatchObject(
      unmatched({ flowName: 'a', trigger: -1 }),
    )
    const elsewhere = { ...scanner, host: '10.0.0.9' }
    expect(await consider(from(elsewhere, ct, mr), inForce('a', ''))).toMatchObject(
      unmatched({ flowName: 'a', trigger: -1 }),
    )
  })

  test('takes the results of others, and knows of all flows that led to them: a circle of flows ends', async () => {
    const [ct, mr] = [sent('CT', byA), sent('MR', { lineage: ['c', 'b2'], sender: null })]
    expect(await consider(from(archive, ct, mr), inForce('b', ''))).toMatchObject([
      { type: 'TriggerMatched', data: { flowName: 'b', lineage: ['a', 'b2', 'c'] } },
    ])
    const ofB = { lineage: ['b', 'a'], sender: null }
    const returned = from(archive, sent('CT', ofB), sent('MR', ofB))
    expect(await consider(returned, inForce('a', ''), inForce('b', ''))).toMatchObject(
      unmatched({ flowName: 'a', trigger: -1 }, { flowName: 'b', trigger: -1 }),
    )
  })

  test('that gathers does not gather them', async () => {
    const byStudy = inForce('a', 'bundle: {by: study, quiet: 2s, deadline: 1m}')
    expect(await consider(from(archive, sent('CT', byA)), byStudy)).toMatchObject(
      unmatched({
        flowName: 'a',
        trigger: -1,
        reason: 'its own results: they came back from ARCHIVE@10.0.0.2',
      }),
    )
    expect(await consider(from(archive, sent('CT', byA), sent('CT')), byStudy)).toMatchObject([
      { type: 'BundleGathered', data: { parts: [{ instances: 1 }] } },
    ])
  })
})

test('whoever may send what another flow passed on does not start this one by it', async () => {
  const notes = [byA, { lineage: ['b', 'a'], sender: archive }]
  const bundle = from(archive, sent('CT', ...notes), sent('MR', ...notes))
  expect(await consider(bundle, inForce('a', ''), inForce('b', ''))).toMatchObject([
    { type: 'TriggerMatched', data: { flowName: 'b' } },
  ])
})

test('each series is looked up once, whatever the number of its instances and of flows', async () => {
  const list = s3.store.list.bind(s3.store)
  const asked: string[] = []
  s3.store.list = (prefix) => (asked.push(prefix), list(prefix))
  const series = { seriesInstanceUid: '1.9' }
  const images = Array.from({ length: 20 }, (_, n) => instance(`1.9.${n}`, 'CT', series))
  await consider(from(scanner, ...images, sent('MR')), inForce('a', ''), inForce('b', ''))
  s3.store.list = list
  expect(asked).toHaveLength(2)
})

test('nothing is looked up where no flow takes anything', async () => {
  const bundle = from(archive, sent('US', byA), sent('CT', byA))
  expect(await consider(bundle, inForce('a', ''))).toMatchObject(
    unmatched({ flowName: 'a', trigger: 1, reason: expect.not.stringContaining('own') as string }),
  )
})
