import { z } from 'zod'

const secondsOf = { s: 1, m: 60, h: 3600 } as const
const written = /^(\d+(?:\.\d+)?)\s*(s|m|h)$/
const wanted = 'is a duration: 30s, 15m, 2h, or a number of seconds'
const longestSeconds = 7 * 24 * 3600

/** In whole milliseconds, so that a moment is one, too. */
const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000

/** A duration as people write it; in the canonical definition a number of seconds. */
export const duration = z
  .union([z.number(), z.string().regex(written, { error: wanted })], { error: wanted })
  .transform((value) => {
    if (typeof value === 'number') return rounded(value)
    const [, number, unit] = written.exec(value) ?? []
    return rounded(Number(number) * secondsOf[unit as keyof typeof secondsOf])
  })
  .refine((seconds) => seconds > 0, { error: 'is longer than nothing' })
  .refine((seconds) => seconds <= longestSeconds, { error: 'is at most a week (168h)' })

/** A duration in milliseconds as people say it: `30 s`, `15 min`, `2 h`. */
export const durationText = (ms: number): string => {
  const seconds = rounded(ms / 1000)
  if (seconds % 3600 === 0) return `${seconds / 3600} h`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}
