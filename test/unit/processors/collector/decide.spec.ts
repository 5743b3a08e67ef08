import { describe, expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { bundleManifestSchema } from '../../../../core/manifest/manifest.ts'
import { bundleClosed, waitsForBundle } from '../../../../processors/collector/decide.ts'
import { evolve } from '../../../../processors/collector/evolve.ts'
import { collector } from '../../../../processors/collector/index.ts'
import { itemsOf } from '../../../../processors/collector/sequence.ts'
import { nothingCollected } from '../../../../processors/collector/state.ts'
import { type Events } from '../../../../schemas/generated/events.ts'
import { an, object, recorded } from '../../../support/events.ts'
import { memoryStore } from '../../../support/memoryStore.ts'

const collected = (...events: readonly Recorded[]) =>
  events.reduce((state, event) => evolve(state, event as Parameters<typeof evolve>[1]), nothingCollected)
const refused = (data: Partial<Events['InstanceRefused']> = {}) =>
  recorded({
    type: 'InstanceRefused',
    stream: 'association-1',
    data: {
      associationId: 'association-1',
      ordinal: 3,
      sopInstanceUid: '1.2.5',
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      status: 0xa700,
      code: 'RD_S3_UNAVAILABLE',
      reason: 'the object store took no instance',
      ...data,
    },
  })
const two = [
  an.associationOpened(),
  an.instanceStored({ ordinal: 1, sopInstanceUid: '1.2.3' }),
  an.instanceStored({ ordinal: 2, sopInstanceUid: '1.2.4' }),
]

describe('the collector', () => {
  test('makes one bundle of a released association, with its instances in their order', () => {
    const state = collected(...two, an.associationClosed({ stored: 2 }))
    expect(waitsForBundle(state)).toBe(true)
    expect(itemsOf(state.instances).map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['1.2.3', '1.2.4'])
    expect(bundleClosed(state, object('m')).data).toMatchObject({
      complete: true,
      instances: 2,
      bundleId: 'association-1',
    })
  })

  test.each(['aborted', 'lost'] as const)('an association that was %s leaves an incomplete bundle', (how) => {
    const state = collected(...two, an.associationClosed({ how, stored: 2 }))
    expect(bundleClosed(state, object('m')).data).toMatchObject({
      complete: false,
      reason: `association ${how}`,
    })
  })

  test('a bundle is incomplete while instances that were counted are not on the log', () => {
    const state = collected(...two, an.associationClosed({ stored: 3 }))
    expect(bundleClosed(state, object('m')).data).toMatchObject({
      complete: false,
      reason: '2 of 3 instances are on the log',
    })
  })

  test.each<[string, readonly Recorded[], string]>([
    ['one', [refused()], '1 instance was'],
    ['two', [refused(), refused({ sopInstanceUid: null, status: 0xa7ff })], '2 instances were'],
    ['one, twice', [refused(), refused({ ordinal: 4 })], '1 instance was'],
  ])('a bundle is incomplete when we had no room for %s', (_, refusals, who) => {
    const closed = an.associationClosed({ stored: 2, refused: refusals.length })
    expect(bundleClosed(collected(...two, ...refusals, closed), object('m')).data).toMatchObject({
      complete: false,
      reason: `${who} refused by us (out of resources)`,
    })
  })

  test('a bundle is incomplete when not even a refusal could be put on the log', () => {
    const state = collected(
      ...two,
      refused({ status: 0xc000 }),
      an.associationClosed({ stored: 2, refused: 2 }),
    )
    expect(bundleClosed(state, object('m')).data).toMatchObject({
      complete: false,
      reason: '1 instance was refused by us (out of resources)',
    })
  })

  test('what the peer sent again and we stored is not missing, what was stored before the refusal is', () => {
    const again = an.instanceStored({ ordinal: 4, sopInstanceUid: '1.2.5' })
    const closed = an.associationClosed({ stored: 3, refused: 1 })
    expect(bundleClosed(collected(...two, refused(), again, closed), object('m')).data.complete).toBe(true)
    expect(bundleClosed(collected(...two, again, refused(), closed), object('m')).data.complete).toBe(false)
  })

  test.each([0xa900, 0xc000])('what the peer is to blame for (%i) leaves the bundle complete', (status) => {
    const state = collected(...two, refused({ status }), an.associationClosed({ stored: 2, refused: 1 }))
    expect(bundleClosed(state, object('m')).data).toMatchObject({
      complete: true,
      reason: 'association released',
    })
  })

  test('everything that an incomplete bundle lacks is said', () => {
    const state = collected(...two, refused(), an.associationClosed({ how: 'lost', stored: 3, refused: 1 }))
    expect(bundleClosed(state, object('m')).data.reason).toBe(
      'association lost; 2 of 3 instances are on the log; 1 instance was refused by us (out of resources)',
    )
  })

  test('an association of 20,000 instances is collected in their order, and none is copied for the next', () => {
    const { decider } = collector({ store: memoryStore().store })
    const stored = an.instanceStored()
    let state = decider.evolve(nothingCollected, an.associationOpened())
    const first = decider.evolve(state, stored)
    expect(decider.evolve(first, stored).instances?.before).toBe(first.instances)
    for (let at = 0; at < 20_000; at += 1)
      state = decider.evolve(Object.freeze(state), {
        ...stored,
        data: { ...stored.data, sopInstanceUid: `1.${at}` },
      } as typeof stored)
    expect(itemsOf(state.instances).map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(
      Array.from({ length: 20_000 }, (_, at) => `1.${at}`),
    )
  })

  test('the manifest lists the instances in their order', async () => {
    const s3 = memoryStore()
    const state = collected(...two, an.associationClosed({ stored: 2 }))
    const signal = new AbortController().signal
    const effect = { key: 'association-1', cause: state.closed! }
    for await (const fact of collector({ store: s3.store }).run!(effect, { state, known: undefined, signal }))
      expect(fact).toMatchObject({ type: 'BundleClosed', data: { complete: true } })
    const manifest = s3.objects.get('bundles/association-1/instances.json')!.toString('utf8')
    const { instances } = bundleManifestSchema.parse(JSON.parse(manifest))
    expect(instances.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['1.2.3', '1.2.4'])
    // By these, too, a flow can gather instances of several associations.
    expect(instances[0]).toMatchObject({ frameOfReferenceUid: null, patientPseudonym: null })
  })

  test('a manifest of 0.1.0 is still read', () => {
    const { object: file, ...names } = an.instanceStored().data
    const { frameOfReferenceUid: _, patientPseudonym: __, ...old } = { ...names, object: file }
    expect(bundleManifestSchema.parse({ instances: [old] }).instances).toHaveLength(1)
  })

  test('a C-ECHO leaves no bundle', () => {
    expect(waitsForBundle(collected(an.associationOpened(), an.associationClosed({ stored: 0 })))).toBe(false)
  })

  test('an association that is open has no bundle yet, and one that is bundled gets no second', () => {
    expect(waitsForBundle(collected(...two))).toBe(false)
    expect(waitsForBundle(collected(...two, an.associationClosed({ stored: 2 }), an.bundleClosed()))).toBe(
      false,
    )
  })

  test('of two ends of an association the first holds', () => {
    const state = collected(
      ...two,
      an.associationClosed({ how: 'released', stored: 2 }),
      an.associationClosed({ how: 'lost' }),
    )
    expect(bundleClosed(state, object('m')).data.complete).toBe(true)
  })
})
