import { z } from 'zod'
import { type InstanceResult, answered, notAttempted } from '../../../../core/delivery/result.ts'
import { type Answer } from '../../../../infra/http/post.ts'
import { type OutgoingInstance } from '../../instances.ts'

const sequence = z.object({ Value: z.array(z.record(z.string(), z.unknown())).optional() }).optional()
/** The Store Instances Response Module (PS3.18, table I.2-1) as DICOM JSON. */
const responseSchema = z.object({
  /** ReferencedSOPSequence: what is stored. */
  '00081199': sequence,
  /** FailedSOPSequence: what is not. */
  '00081198': sequence,
})
const text = z.object({ Value: z.tuple([z.string()]) })
const number = z.object({ Value: z.tuple([z.union([z.number(), z.string().transform(Number)])]) })

interface Said {
  readonly outcome: 'success' | 'warning' | 'failure'
  readonly status: number
}

/** What an answer says of instances, by SOP Instance UID; nothing where it is no DICOM JSON. */
const saidIn = ({ body }: Answer): ReadonlyMap<string, Said> => {
  const said = new Map<string, Said>()
  let read: unknown
  try {
    read = JSON.parse(body.toString('utf8'))
  } catch {
    return said
  }
  const response = responseSchema.safeParse(Array.isArray(read) ? (read as unknown[])[0] : read)
  if (!response.success) return said
  const take = (items: z.output<typeof sequence>, saying: (item: Record<string, unknown>) => Said): void => {
    for (const item of items?.Value ?? []) {
      const uid = text.safeParse(item['00081155'])
      if (uid.success) said.set(uid.data.Value[0], saying(item))
    }
  }
  const numberIn = (item: Record<string, unknown>, tag: string): number | undefined =>
    number.safeParse(item[tag]).data?.Value[0]
  take(response.data['00081199'], (item) => {
    const warning = numberIn(item, '00081196')
    return warning === undefined || warning === 0
      ? { outcome: 'success', status: 0 }
      : { outcome: 'warning', status: warning }
  })
  take(response.data['00081198'], (item) => ({
    outcome: 'failure',
    status: numberIn(item, '00081197') ?? 0x0110,
  }))
  return said
}

/**
 * What an answer means for each instance of its request. Only what it names as stored counts as stored (Warning
 * Reasons make it a warning), whatever the HTTP status says of all together: a proxy may answer 200, too. What
 * it names as failed failed; what it does not name is sent again. Where the whole was refused (4xx) without
 * naming any, each instance failed with that status.
 */
export const resultsIn = (
  instances: readonly Pick<OutgoingInstance, 'id' | 'sopInstanceUid'>[],
  answer: Answer,
  hide: (text: string) => string,
): readonly InstanceResult[] => {
  const said = saidIn(answer)
  const isRefusal = answer.status >= 400 && said.size === 0
  return instances.map((instance) => {
    const one = said.get(instance.sopInstanceUid)
    if (one) return answered(instance, one.outcome, one.status, null)
    if (isRefusal)
      return answered(instance, 'failure', answer.status, hide(answer.body.toString('utf8')) || null)
    const why = `the answer (HTTP status ${answer.status}) does not name the instance`
    return notAttempted(instance, why)
  })
}
