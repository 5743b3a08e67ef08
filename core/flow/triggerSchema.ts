import { z } from 'zod'
import { keywords, tagOf } from '../dicom/attributes/dictionary.ts'
import { nearest } from './nearest.ts'
import { compilePattern, PatternError } from './pattern.ts'

/** Issues of expressions carry this, so that they get their own error code. */
export const patternIssue = { pattern: true } as const

const expression = z
  .string({ error: 'is an expression in quotes' })
  .superRefine((source, context) => {
    try {
      compilePattern(source)
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      const message = `"${source}" cannot be used: ${error.message}`
      context.addIssue({ code: 'custom', message, params: patternIssue })
    }
  })
  .describe('A regular expression of Python; "~" in front means: must not match.')

const searchable = (key: string): string | undefined => {
  const digits = /^\(([0-9a-f]{4}),\s*([0-9a-f]{4})\)$/i.exec(key)
  const tag = digits === null ? tagOf(key) : parseInt(digits[1]! + digits[2]!, 16)
  if (tag === undefined) {
    const guess = nearest(key, keywords)
    return `"${key}" is no DICOM keyword and no tag (gggg,eeee)${guess === undefined ? '' : `; did you mean "${guess}"?`}`
  }
  if (tag < 0x00080000) return `"${key}" is not part of the data set, which begins with group 0008`
  if (tag >= 0x7fe00008 && tag >>> 16 === 0x7fe0) return `"${key}" holds pixels and is not searched`
  return undefined
}

const triggerKey = z.string().superRefine((key, context) => {
  const message = searchable(key)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

export const trigger = z
  .record(
    triggerKey,
    z
      .union([expression, z.array(expression)], { error: 'is a list of expressions' })
      .transform((value) => (typeof value === 'string' ? [value] : value)),
    { error: 'is a map from a DICOM keyword to a list of expressions' },
  )
  .refine((value) => Object.keys(value).length > 0, { error: 'is empty: name at least one DICOM keyword' })
  .transform((value) =>
    Object.fromEntries(Object.entries(value).map(([key, list]) => [canonicalKey(key), list])),
  )
  .describe('All expressions must hold for one and the same file.')

/** Tags in the form that attributes have: `(0008,103E)`. */
const canonicalKey = (key: string): string =>
  key.startsWith('(') ? key.toUpperCase().replace(/\s/g, '') : key

/** Expressions by DICOM keyword or tag. */
export type Trigger = z.output<typeof trigger>
