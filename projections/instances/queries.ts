import { z } from 'zod'
import { type Tables, instant, integer, rowsOf } from '../runtime/rows.ts'

/** A row of the view instance_repetitions: a stored instance, and what came before it under its SOP Instance UID. */
export const repetitionRow = z.object({
  associationId: z.string(),
  ordinal: integer,
  receivedAt: instant,
  sopInstanceUid: z.string(),
  studyInstanceUid: z.string().nullable(),
  transferSyntaxUid: z.string().nullable(),
  datasetSha256: z.string().nullable(),
  objectKey: z.string(),
  callingAe: z.string().nullable(),
  /** duplicate: of the same content as one before; different: of other content than all before. */
  repetition: z.enum(['first', 'duplicate', 'different', 'unknown']),
  /** The one whose duplicate it is, else the first of its UID; null for that one. */
  ofAssociationId: z.string().nullable(),
  ofOrdinal: integer.nullable(),
})
export type RepetitionRow = z.output<typeof repetitionRow>

/** Which instances are wanted; all of them where nothing is said. */
export interface RepetitionFilter {
  readonly associationIds?: readonly string[]
  readonly sopInstanceUid?: string
  /** Only what is not the first of its SOP Instance UID. */
  readonly onlyRepeated?: boolean
  readonly limit?: number
}

/** Stored instances with what they repeat, in the order in which they came. */
export const instanceRepetitions = (
  tables: Tables,
  { associationIds, sopInstanceUid, onlyRepeated = false, limit = 1000 }: RepetitionFilter = {},
): Promise<readonly RepetitionRow[]> =>
  rowsOf(
    tables,
    repetitionRow,
    (table) => `select * from ${table('instance_repetitions')}
      where ($1::text[] is null or association_id = any($1)) and ($2::text is null or sop_instance_uid = $2)
        and (not $3::boolean or repetition <> 'first')
      order by received_at, association_id, ordinal limit $4`,
    [associationIds ?? null, sopInstanceUid ?? null, onlyRepeated, limit],
  )
