import { RadDeployError } from '../../core/error/error.ts'
import { type Fact } from '../../core/event/event.ts'
import { type FlowParts, type KnownFlow, flowsOnTheLog } from './known.ts'

/** What may be asked of a flow that was defined. */
export type FlowCommand = 'pause' | 'resume' | 'retire'

/** What a command came to; `changed` is false where the flow was so already. */
export interface Commanded {
  readonly name: string
  readonly status: 'active' | 'paused' | 'retired'
  readonly changed: boolean
}

interface Meaning {
  readonly status: Commanded['status']
  isSo(flow: KnownFlow): boolean
  fact(name: string, flow: KnownFlow, by: string, reason: string | null): Fact
}

const meanings: Readonly<Record<FlowCommand, Meaning>> = {
  pause: {
    status: 'paused',
    isSo: ({ paused }) => paused,
    fact: (name, _, by, reason) => ({ type: 'FlowPaused', stream: name, data: { name, by, reason } }),
  },
  resume: {
    status: 'active',
    isSo: ({ paused }) => !paused,
    fact: (name, _, by, reason) => ({ type: 'FlowResumed', stream: name, data: { name, by, reason } }),
  },
  retire: {
    status: 'retired',
    isSo: () => false,
    fact: (name, { hash }, retiredBy, reason) => ({
      type: 'FlowRetired',
      stream: name,
      data: { name, hash, retiredBy, reason },
    }),
  },
}

/**
 * Pauses, resumes or retires a flow: an event, by whom and why. Runs that have begun go on.
 * @throws RadDeployError RD_NOT_FOUND where no flow of that name is in force.
 */
export const commandFlow = async (
  command: FlowCommand,
  name: string,
  reason: string | null,
  parts: FlowParts,
): Promise<Commanded> => {
  const flow = (await flowsOnTheLog(parts)).get(name)
  if (!flow || flow.retired)
    throw new RadDeployError('RD_NOT_FOUND', `no flow ${name} is in force; see: raddeploy flows list`, {
      name,
    })
  const { status, isSo, fact } = meanings[command]
  const changed = !isSo(flow)
  if (changed) await parts.emit(fact(name, flow, parts.user, reason), flow.last)
  return { name, status, changed }
}
