import { z } from 'zod'
import { duration, durationText } from './duration.ts'

/** Why an attempt at a model may fail, as ModelFailed says it. */
export const failureKinds = [
  'exit',
  'timeout',
  'oom',
  'image',
  'output',
  'engine',
  'lost',
  'unknown',
] as const
export type RetriedKind = (typeof failureKinds)[number]

const times = z
  .number({ error: 'is a number of times' })
  .int({ error: 'is a whole number of times' })
  .min(0, { error: 'is a number of times from 0 on' })
  .max(100, { error: 'is at most 100 times' })

const whole = z
  .strictObject(
    {
      times: times.describe('Further attempts after the first.'),
      on: z
        .array(z.enum(failureKinds, { error: `is one of ${failureKinds.join(', ')}` }), {
          error: 'is a list of kinds of failure',
        })
        .min(1, { error: 'is empty: on which kinds of failure?' })
        .default([...failureKinds])
        .describe('Kinds of failure after which it is tried again; by default all.'),
      backoff: duration.default(30).describe('The first pause, doubled each time: 30s, 5m or seconds.'),
      longest: duration.default(3600).describe('The longest pause.'),
    },
    { error: 'is a number of times, or a map with times, on, backoff and longest' },
  )
  .superRefine(({ backoff, longest }, context) => {
    if (longest < backoff)
      context.addIssue({
        code: 'custom',
        path: ['longest'],
        message: `is ${durationText(longest * 1000)}, shorter than backoff`,
      })
  })

/** The keys of `retries`. */
export const retriesKeys = Object.keys(whole.shape)

/** How a model is tried again; a bare number is `times`. Durations in seconds. */
export const retriesSchema = z
  .union([times, whole], { error: 'is a number of times, or a map with times, on, backoff and longest' })
  .transform((value) => (typeof value === 'number' ? whole.parse({ times: value }) : value))
export type Retries = z.output<typeof retriesSchema>

/** Kinds of failure that are not the model's own, and so need not come again elsewhere. */
const transient: readonly string[] = ['lost', 'engine']
/** Attempts in all after such failures, where the flow says nothing of them. */
const transientAttempts = 3

/**
 * The pause before the next attempt in whole milliseconds, or undefined where the failure is for good. Where the flow
 * says nothing of a kind that is not the model's fault, it is tried again at once, three attempts in all.
 * @param attempt the attempt that failed, from 1.
 */
export const pauseAfter = (
  retries: Retries | undefined,
  kind: string,
  attempt: number,
): number | undefined => {
  if (retries && (retries.on as readonly string[]).includes(kind)) {
    const seconds = Math.min(retries.longest, retries.backoff * 2 ** (attempt - 1))
    return attempt <= retries.times ? Math.round(1000 * seconds) : undefined
  }
  return transient.includes(kind) && attempt < transientAttempts ? 0 : undefined
}
