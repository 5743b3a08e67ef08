import { z } from 'zod'

const milliseconds = z.number().int().positive()

/** Who the SCU is, how long it waits, and where it may write. Times in milliseconds. */
export const scuConfigSchema = z.object({
  /** AE: 16 characters of the default repertoire at most, no backslash, not only blanks (PS3.5, table 6.2-1). */
  callingAeTitle: z.string().regex(/^(?=.*[^ ])[ -[\]-~]{1,16}$/),
  timeouts: z
    .object({
      connectMs: milliseconds.default(10_000),
      associationMs: milliseconds.default(30_000),
      /** Between the last byte of an instance and its answer: archives that take long need more. */
      responseMs: milliseconds.default(60_000),
    })
    .prefault({}),
  /** Folders of this host below which flows may have files written; none by default. */
  folders: z.array(z.string().startsWith('/')).default([]),
})
export type ScuSettings = z.output<typeof scuConfigSchema>
