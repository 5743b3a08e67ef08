import { z } from 'zod'
import { duration, durationText } from './duration.ts'

/** What may join the instances of several associations: the value they have in common. */
export const bundleKinds = ['association', 'series', 'study', 'frame_of_reference', 'patient'] as const
type BundleKind = (typeof bundleKinds)[number]
/** By what instances of several associations are gathered. */
export type GatheredBy = Exclude<BundleKind, 'association'>

/** Which instances a flow takes together. */
export const bundleSchema = z
  .strictObject(
    {
      by: z
        .enum(bundleKinds, { error: `is one of ${bundleKinds.join(', ')}` })
        .default('association')
        .describe('What they have in common. One association is complete when it ends.'),
      quiet: duration
        .default(30)
        .describe('How long nothing must have come after every trigger is met: 30s, 15m, 2h or seconds.'),
      deadline: duration
        .default(900)
        .describe(
          'How long after the first file it is closed, whatever is missing: 30s, 15m, 2h or seconds.',
        ),
      incomplete: z
        .enum(['hold', 'run'], { error: 'is hold or run' })
        .default('hold')
        .describe(
          'What becomes of an association that broke off, or lacks an instance: hold shows it, run takes it.',
        ),
    },
    { error: 'is a map with by, quiet, deadline and incomplete' },
  )
  .superRefine(({ quiet, deadline }, context) => {
    if (deadline <= quiet)
      context.addIssue({
        code: 'custom',
        path: ['deadline'],
        message: `is not longer than quiet (${durationText(quiet * 1000)}): nothing would ever be quiet in time`,
      })
  })

/** What a definition says of it. */
export type Bundling =
  | {
      readonly by: GatheredBy
      readonly quiet: number
      readonly deadline: number
      readonly incomplete?: 'run'
    }
  | { readonly by: 'association'; readonly incomplete: 'run' }

/**
 * Only what is not so by default, and means something: the definitions, and the hashes, of flows that say nothing
 * else stay as they were.
 */
export const bundlingOf = (bundle: z.output<typeof bundleSchema> | undefined): { bundle?: Bundling } => {
  const { by = 'association', quiet = 0, deadline = 0, incomplete = 'hold' } = bundle ?? {}
  if (by === 'association') return incomplete === 'run' ? { bundle: { by, incomplete } } : {}
  return { bundle: { by, quiet, deadline, ...(incomplete === 'run' ? { incomplete } : {}) } }
}

/** The keys of `bundle`. */
export const bundleKeys = Object.keys(bundleSchema.shape)

const words: Readonly<Record<GatheredBy, string>> = {
  series: 'series',
  study: 'study',
  frame_of_reference: 'frame of reference',
  patient: 'patient',
}

/** What instances have in common, as people call it. */
export const gatheredByText = (by: string): string =>
  Object.hasOwn(words, by) ? words[by as GatheredBy] : by
