import { z } from 'zod'

const wanted = 'is a text, or {secret: NAME}'

/** A secret by its name; the value stays on the host that needs it, and is read when it is used. */
export const secret = z.strictObject(
  {
    secret: z
      .string({ error: 'is the name of a secret' })
      .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, {
        error: 'is the name of a secret: letters, digits, "_", "." and "-", a letter first',
      })
      .describe('Read from RADDEPLOY_SECRET_<NAME>, or from the file of that name in the folder of secrets.'),
  },
  { error: 'is {secret: NAME}' },
)
export type Secret = z.output<typeof secret>

/** A text as it stands, or the name of a secret. */
export const textOrSecret = z.union([z.string(), secret], { error: wanted })
export type TextOrSecret = z.output<typeof textOrSecret>

/** Names under which people pass what nobody else may know. */
const telling = /authorization|cookie|token|secret|passw|credential|api[-_]?key/i

/** True where what goes by this name is a secret, and so must not stand in a flow file. */
export const isSecretByName = (name: string): boolean => telling.test(name)

/** Why it must not. */
export const secretByNameReason = 'is a secret: write {secret: NAME}, a definition stays on the log for ever'

/** Texts or secrets by name; what is a secret by its name must be one. */
export const namedTexts = (what: string) =>
  z.record(z.string(), textOrSecret, { error: `is a map of ${what}` }).superRefine((values, context) => {
    for (const [name, value] of Object.entries(values))
      if (typeof value === 'string' && isSecretByName(name))
        context.addIssue({ code: 'custom', path: [name], message: secretByNameReason })
  })
