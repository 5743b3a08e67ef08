import { type Recorded } from '../../core/event/event.ts'
import { definitionOf, flowHash } from '../../core/flow/hash.ts'
import { parseFlow } from '../../core/flow/parse.ts'
import { type BundledInstance } from '../../core/manifest/manifest.ts'
import { considerBundle } from '../../processors/fingerprinter/effects.ts'
import { type FlowInForce } from '../../processors/fingerprinter/flowsInForce.ts'
import { an } from './events.ts'
import { memoryStore } from './memoryStore.ts'

/** Where the bundles lie that are considered. */
export const s3 = memoryStore()

/** An element with a short text, little endian: explicit where it has a VR. */
const element = (group: number, number: number, value: string, vr?: string): Buffer => {
  const even = Buffer.from(value.length % 2 === 0 ? value : `${value}\0`, 'latin1')
  const head = Buffer.alloc(8)
  head.writeUInt16LE(group, 0)
  head.writeUInt16LE(number, 2)
  if (vr) {
    head.write(vr, 4, 'latin1')
    head.writeUInt16LE(even.length, 6)
  } else head.writeUInt32LE(even.length, 4)
  return Buffer.concat([head, even])
}

let puts = 0

/** An instance in S3 with just the header that is read of it. */
export const instance = (
  uid: string,
  modality: string,
  more: Partial<BundledInstance> = {},
): BundledInstance => {
  const meta = element(2, 0x10, '1.2.840.10008.1.2', 'UI')
  const header = Buffer.concat([
    ...[Buffer.alloc(128), Buffer.from('DICM'), meta],
    ...[element(8, 0x18, uid), element(8, 0x60, modality)],
  ])
  return {
    ...{ sopInstanceUid: uid, sopClassUid: '1', seriesInstanceUid: '1.2', studyInstanceUid: '1' },
    ...{ frameOfReferenceUid: '9', patientPseudonym: 'p', transferSyntaxUid: '1.2.840.10008.1.2' },
    object: s3.put(`instances/${(puts += 1)}`, header),
    datasetOffset: 132 + meta.length,
    headerLength: header.length,
    ...more,
  }
}
/** A bundle of these. */
export const closedWith = (...instances: readonly BundledInstance[]) =>
  an.bundleClosed({
    instances: instances.length,
    manifest: s3.put(`manifests/${(puts += 1)}`, Buffer.from(JSON.stringify({ instances }))),
  })
/** A flow in force that wants a CT and an MR, with this line for its `bundle`. */
export const inForce = (
  name: string,
  bundle: string,
  paused?: FlowInForce['paused'],
): [string, FlowInForce] => {
  const text = `name: ${name}\n${bundle}\ntriggers: [{Modality: [CT]}, {Modality: [MR]}]\n`
  const flow = parseFlow(text, 'f.yaml').flow!
  const definition = definitionOf(flow)
  const source = { source: text, file: 'f.yaml', appliedBy: 'a' }
  return [name, { defined: { name, version: '1', hash: flowHash(flow), definition, ...source }, paused }]
}
/** What the fingerprinter says of a bundle. */
export const consider = (bundle: Recorded<'BundleClosed'>, ...flows: readonly [string, FlowInForce][]) =>
  considerBundle(s3.store)(bundle, new Map(flows), new AbortController().signal)
