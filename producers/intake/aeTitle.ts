import { z } from 'zod'

/** An AE title (PS3.5, 6.2): no backslash, at most 16 characters; blanks around it do not count. */
export const aeTitle = z
  .string()
  .trim()
  .regex(/^[ -[\]-~]{1,16}$/, 'an AE title has 1 to 16 characters and no backslash')
