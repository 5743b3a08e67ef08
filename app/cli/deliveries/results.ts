import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { messageOf } from '../../../core/error/error.ts'
import { type ObjectStore } from '../../../infra/s3/store.ts'
import { type AttemptRow } from '../../../projections/deliveries/rows.ts'

/** What became of one instance, as an attempt left it in S3. The comment is the peer's, and may name a patient. */
export const instanceResult = z.object({
  id: z.string(),
  sopInstanceUid: z.string(),
  outcome: z.enum(['success', 'warning', 'failure', 'notAttempted']),
  status: z.number().int().nullable(),
  comment: z.string().nullable(),
})
export type InstanceResult = z.output<typeof instanceResult>

/** What is known of each instance since the last attempt that could keep it, or why that cannot be read. */
export const resultsOf = async (
  attempts: readonly AttemptRow[],
  { store }: { readonly store: ObjectStore },
): Promise<{ readonly instances: readonly InstanceResult[]; readonly unread: string | null }> => {
  const key = attempts.map(({ resultsKey }) => resultsKey).findLast((one) => one !== null)
  if (!key) return { instances: [], unread: null }
  try {
    const text = (await buffer(await store.get(key))).toString('utf8')
    return { instances: z.array(instanceResult).parse(JSON.parse(text)), unread: null }
  } catch (error) {
    return { instances: [], unread: messageOf(error) }
  }
}
