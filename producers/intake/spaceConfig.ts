import { z } from 'zod'
import { bytes, bytesOf } from '../../core/flow/bytes.ts'
import { type Mark } from './watermark.ts'

const percentage = z
  .string()
  .regex(/^\d+(\.\d+)?%$/)
  .transform((text): Mark => ({ part: Number(text.slice(0, -1)) / 100 }))
  .refine((mark) => 'part' in mark && mark.part <= 1, { error: 'is 100% at most' })

/** What this schema has made of either: what was read once may be read again. */
const known = z.union([z.strictObject({ part: z.number() }), z.strictObject({ bytes: z.number() })])
/** A percentage of what a place holds, or a size. */
const mark = z.union([percentage, bytes.transform((size): Mark => ({ bytes: bytesOf(size) })), known], {
  error: 'is a percentage, a number of bytes, or digits with a unit: 10%, 20g',
})

/** When intake stops because the store has no more room. */
export const spaceSchema = z.strictObject({
  /** Free bytes below which people are told. */
  warnBelow: mark.prefault('10%'),
  /** Free bytes below which every instance is refused, until there is room again. */
  refuseBelow: mark.prefault('5%'),
  /** Folders of this host whose disks are watched, beside that of the embedded servers. */
  folders: z.array(z.string().min(1)).default([]),
  /** How much the bucket may hold; by default nobody counts. */
  bucketBytes: bytes.transform(bytesOf).optional(),
  checkSeconds: z.number().min(0.05).max(3600).default(5),
})
export type SpaceConfig = z.output<typeof spaceSchema>
