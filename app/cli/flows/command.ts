import { z } from 'zod'
import { type FlowCommand, commandFlow } from '../../../producers/flows/command.ts'
import { prepare } from '../../connect.ts'
import { print } from '../output.ts'
import { withConnections } from '../session.ts'

/** What `flows pause|resume|retire --json` prints. */
export const commandedFlow = z.strictObject({
  name: z.string(),
  status: z.enum(['active', 'paused', 'retired']),
  changed: z.boolean(),
})

/** Pauses, resumes or retires a flow. */
export const command = async (
  what: FlowCommand,
  name: string,
  { reason, json }: { readonly reason?: string; readonly json?: true },
): Promise<void> =>
  withConnections(async (connections) => {
    await prepare(connections)
    const parts = { ...connections, emit: connections.emitAs('flows'), user: connections.config.user }
    const done = await commandFlow(what, name, reason ?? null, parts)
    print(json, done, () => `${done.name} is ${done.changed ? '' : 'already '}${done.status}`)
  })
