import { type Recorded } from '../../core/event/event.ts'
import { resultsSchema } from '../../processors/scu/results.ts'
import { type Connections } from '../connect.ts'

/** The files that a run's delivery brought to the destination, by what the delivery itself says it sent. */
export const arrivedOf = async (
  events: readonly Recorded[],
  received: ReadonlyMap<string, string>,
  { store }: Connections,
): Promise<readonly string[]> => {
  const attempted = events.filter((event) => event.type === 'DeliveryAttempted').at(-1)
  const ref = attempted && (attempted.data as Recorded<'DeliveryAttempted'>['data']).results
  if (!ref) return []
  const results = resultsSchema.parse(JSON.parse((await store.read(ref)).toString('utf8')))
  return results.flatMap(({ sopInstanceUid }) => received.get(sopInstanceUid) ?? [])
}
