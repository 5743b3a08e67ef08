import { messageOf } from '../../core/error/error.ts'
import { type Flow, flowOf } from '../../core/flow/schema.ts'
import { type FlowDefined } from '../../schemas/generated/flows.ts'
import { type Gathering } from '../../schemas/generated/shared.ts'
import { type FlowInForce, type Flows } from './flowsInForce.ts'

/** What would run. */
export type Definition = Pick<FlowDefined, 'name' | 'version' | 'hash' | 'definition'>

/** A flow that a bundle is matched with, and who paused it where it is paused. */
export interface Considerable {
  readonly defined: Definition
  readonly paused: FlowInForce['paused']
}

/**
 * The flows that a bundle is matched with, in the order of their names. One that was gathered for a flow is matched
 * with that one alone, by the definition that picked its files, unless the flow is retired.
 */
export const flowsFor = (gathering: Gathering | null, known: Flows): readonly Considerable[] => {
  if (gathering === null)
    return [...known.values()].sort((a, b) => (a.defined.name < b.defined.name ? -1 : 1))
  const { flowName: name, flowVersion: version, flowHash: hash, definition } = gathering
  const inForce = known.get(name)
  return inForce ? [{ defined: { name, version, hash, definition }, paused: inForce.paused }] : []
}

/**
 * A flow that is paused takes nothing, and one whose definition an older version took but this one cannot read:
 * the others do.
 */
export const usable = ({ defined, paused }: Considerable): { flow: Flow } | { not: string } => {
  if (paused)
    return { not: `paused by ${paused.by} since ${paused.since}${paused.reason ? `: ${paused.reason}` : ''}` }
  try {
    return { flow: flowOf(defined.definition) }
  } catch (error) {
    return { not: `its definition cannot be read: ${messageOf(error).slice(0, 300)}` }
  }
}
