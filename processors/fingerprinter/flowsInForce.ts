import { type Recorded } from '../../core/event/event.ts'
import { type FlowDefined } from '../../schemas/generated/flows.ts'

/** A flow in force: its last definition, and who paused it where it is paused. */
export interface FlowInForce {
  readonly defined: FlowDefined
  readonly paused: { readonly by: string; readonly since: string; readonly reason: string | null } | undefined
}

/** The flows in force, by name. */
export type Flows = ReadonlyMap<string, FlowInForce>

/** The last definition of each flow that was not retired. A new definition of a paused flow leaves it paused. */
export const evolveFlows = (flows: Flows, event: Recorded): Flows => {
  const known = flows.get(event.stream)
  switch (event.type) {
    case 'FlowDefined':
      return new Map(flows).set(event.stream, { defined: event.data, paused: known?.paused })
    case 'FlowPaused': {
      const { by, reason } = event.data
      return known
        ? new Map(flows).set(event.stream, { ...known, paused: { by, since: event.meta.time, reason } })
        : flows
    }
    case 'FlowResumed':
      return known ? new Map(flows).set(event.stream, { ...known, paused: undefined }) : flows
    case 'FlowRetired': {
      const next = new Map(flows)
      next.delete(event.stream)
      return next
    }
    default:
      return flows
  }
}
