import { type GatheredBy } from '../../core/flow/bundle.ts'
import { type Flow } from '../../core/flow/schema.ts'
import { triggerTakes } from '../../core/flow/trigger.ts'
import { type BundledInstance } from '../../core/manifest/manifest.ts'
import { type Read } from './headers.ts'

/** The instances of one bundle that have a value in common, and which triggers (from 0) they meet. */
export interface Group {
  readonly value: string
  readonly instances: readonly BundledInstance[]
  readonly triggersMet: readonly number[]
}

const valueOf: Readonly<Record<GatheredBy, (instance: BundledInstance) => string | null | undefined>> = {
  series: ({ seriesInstanceUid }) => seriesInstanceUid,
  study: ({ studyInstanceUid }) => studyInstanceUid,
  frame_of_reference: ({ frameOfReferenceUid }) => frameOfReferenceUid,
  patient: ({ patientPseudonym }) => patientPseudonym,
}

/**
 * The instances that meet at least one trigger, by the value that the flow gathers by; in the order given. Those
 * that lack the value are only counted.
 */
export const group = (
  { triggers }: Pick<Flow, 'triggers'>,
  by: GatheredBy,
  files: readonly Read[],
): { readonly groups: readonly Group[]; readonly leftOut: number } => {
  const candidates = files.map(({ attributes }, index) => ({ id: String(index), attributes }))
  const metBy = new Map<string, number[]>()
  for (const [index, trigger] of triggers.entries())
    for (const id of triggerTakes(trigger, candidates).ids) metBy.set(id, [...(metBy.get(id) ?? []), index])
  const groups = new Map<string, { instances: BundledInstance[]; met: Set<number> }>()
  let leftOut = 0
  for (const [index, { instance }] of files.entries()) {
    const met = metBy.get(String(index))
    if (!met) continue
    const value = valueOf[by](instance)
    if (!value) {
      leftOut += 1
      continue
    }
    const known = groups.get(value) ?? { instances: [], met: new Set<number>() }
    groups.set(value, known)
    known.instances.push(instance)
    for (const one of met) known.met.add(one)
  }
  return {
    groups: [...groups].map(([value, { instances, met }]) => ({
      value,
      instances,
      triggersMet: [...met].sort((a, b) => a - b),
    })),
    leftOut,
  }
}
