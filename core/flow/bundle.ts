import { z } from 'zod'

/** What may join the instances of several associations: the value they have in common. */
export const bundleKinds = ['association', 'series', 'study', 'frame_of_reference', 'patient'] as const
type BundleKind = (typeof bundleKinds)[number]
/** By what instances of several associations are gathered. */
export type GatheredBy = Exclude<BundleKind, 'association'>

const secondsOf = { s: 1, m: 60, h: 3600 } as const
const written = /^(\d+(?:\.\d+)?)\s*(s|m|h)$/
const wanted = 'is a duration: 30s, 15m, 2h, or a number of seconds'
const longestSeconds = 7 * 24 * 3600

/** In whole milliseconds, so that a moment is one, too. */
const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000

/** A duration as people write it; in the canonical definition a number of seconds. */
const duration = z
  .union([z.number(), z.string().regex(written, { error: wanted })], { error: wanted })
  .transform((value) => {
    if (typeof value === 'number') return rounded(value)
    const [, number, unit] = written.exec(value) ?? []
    return rounded(Number(number) * secondsOf[unit as keyof typeof secondsOf])
  })
  .refine((seconds) => seconds > 0, { error: 'is longer than nothing' })
  .refine((seconds) => seconds <= longestSeconds, { error: 'is at most a week (168h)' })

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
    },
    { error: 'is a map with by, quiet and deadline' },
  )
  .superRefine(({ quiet, deadline }, context) => {
    if (deadline <= quiet)
      context.addIssue({
        code: 'custom',
        path: ['deadline'],
        message: `is not longer than quiet (${durationText(quiet * 1000)}): nothing would ever be quiet in time`,
      })
  })

/** The keys of `bundle`. */
export const bundleKeys = Object.keys(bundleSchema.shape)

/** A duration in milliseconds as people say it: `30 s`, `15 min`, `2 h`. */
export const durationText = (ms: number): string => {
  const seconds = rounded(ms / 1000)
  if (seconds % 3600 === 0) return `${seconds / 3600} h`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}

const words: Readonly<Record<GatheredBy, string>> = {
  series: 'series',
  study: 'study',
  frame_of_reference: 'frame of reference',
  patient: 'patient',
}

/** What instances have in common, as people call it. */
export const gatheredByText = (by: string): string =>
  Object.hasOwn(words, by) ? words[by as GatheredBy] : by
