import { z } from 'zod'
import { deidentifySchema } from './deidentifySchema.ts'
import { tlsSchema } from './destinationTls.ts'
import { duration } from './duration.ts'
import { isSecretByName, namedTexts, secret, secretByNameReason, textOrSecret } from './secret.ts'

export const port = z
  .number({ error: 'is a TCP port' })
  .int({ error: 'is a TCP port' })
  .min(1, { error: 'is a TCP port from 1 to 65535' })
  .max(65_535, { error: 'is a TCP port from 1 to 65535' })
const host = z
  .string({ error: 'is a host name or IP address' })
  .min(1, { error: 'is a host name or IP address' })
const aeTitle = z
  .string({ error: 'is an AE title' })
  .trim()
  .regex(/^[\x20-\x5b\x5d-\x7e]{1,16}$/, { error: 'is an AE title: 1 to 16 ASCII characters, no "\\"' })

/** A web address without anything secret in it. */
const webUrl = z.string({ error: 'is a URL: https://…' }).superRefine((text, context) => {
  const say = (message: string): void => context.addIssue({ code: 'custom', message })
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) return say('is a URL: https://…')
  const { username, password, searchParams } = new URL(text)
  if (username !== '' || password !== '') return say('holds a password; put it into headers, as a secret')
  for (const name of searchParams.keys())
    if (isSecretByName(name)) return say(`"${name}" ${secretByNameReason}`)
})

/** A header's name is a token, and some are ours to set (RFC 9110, 5.1). */
const ownHeaders = ['content-length', 'content-type', 'host', 'transfer-encoding', 'connection']
const headers = namedTexts('texts, or {secret: NAME}, by header').superRefine((values, context) => {
  for (const [name, value] of Object.entries(values)) {
    const say = (message: string): void => context.addIssue({ code: 'custom', path: [name], message })
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) say('is no name of a header')
    if (ownHeaders.includes(name.toLowerCase())) say('is set by us')
    if (typeof value === 'string' && !/^[\t\x20-\x7e]*$/.test(value)) say('is one line of ASCII')
  }
})

/** What every destination may say of itself. */
export const commonShape = {
  name: z
    .string({ error: 'is a text' })
    .trim()
    .regex(/^[\x20-\x7e\xa0-\uffff]{1,64}$/, { error: 'is a text of 1 to 64 characters' })
    .optional()
    .describe('What people call it, and pause and resume it by; by default where it is.'),
  deadline: duration
    .optional()
    .describe('How long it is tried before we give up: 72h, 15m; by default as the SCU is configured.'),
  deidentify: deidentifySchema
    .optional()
    .describe('What goes out is de-identified (PS3.15, annex E), or changed; true for the basic profile.'),
}

const commitmentShape = {
  timeout: duration.default(60).describe('How long the commitment is waited for: 60s, 1h.'),
}
const commitment = z
  .union([z.literal(true), z.strictObject(commitmentShape)], { error: 'is true, or a map with timeout' })
  .transform((value) => (value === true ? { timeout: 60 } : value))

const tls = tlsSchema.optional().describe('Encrypted (BCP 195); true trusts whom Node trusts.')

/** Options by kind: all that is not the place itself. */
export const optionShapes = {
  dimse: {
    tls,
    commitment: commitment
      .optional()
      .describe('Finished only when the destination has committed itself to keep the instances.'),
    calling_ae_title: aeTitle.optional().describe('Who we say we are; by default the AE title of the SCU.'),
    ...commonShape,
  },
  'stow-rs': { headers: headers.optional(), tls, ...commonShape },
  http: {
    format: z
      .enum(['multipart', 'json', 'form'], { error: 'is one of multipart, json, form' })
      .default('multipart')
      .describe('How a file goes out: as a part, as the JSON that it is, or as a field of a form.'),
    file_field: z.string().min(1).default('file').describe('Name of the field or part that has the file.'),
    fields: namedTexts('texts, or {secret: NAME}, by field').optional().describe('Further fields.'),
    headers: headers.optional(),
    tls,
    ...commonShape,
  },
  s3: {
    endpoint: webUrl.optional().describe('By default that of AWS.'),
    region: z.string().min(1).optional().describe('By default us-east-1.'),
    access_key_id: textOrSecret,
    secret_access_key: secret,
    tls,
    ...commonShape,
  },
  folder: commonShape,
} as const
export type DestinationKind = keyof typeof optionShapes

const bucket = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\x20-\x7e\xa0-\uffff]*)?$/
const isPlainPath = (path: string): boolean =>
  path.startsWith('/') && !path.split('/').includes('..') && !path.includes('\0')

const options = optionShapes
const branches = [
  z
    .strictObject(
      { host, port, ae_title: aeTitle, ...options.dimse },
      { error: 'is a map with host, port and ae_title' },
    )
    .describe('C-STORE to an AE title.'),
  z
    .strictObject({ stow: webUrl.describe('The DICOMweb service'), ...options['stow-rs'] })
    .describe('STOW-RS.'),
  z.strictObject({ http: webUrl, ...options.http }).describe('One POST for each file.'),
  z
    .strictObject({
      s3: z
        .string({ error: 'is s3://bucket/prefix' })
        .regex(bucket, { error: 'is s3://bucket/prefix' })
        .describe('s3://bucket/prefix; a sub-folder for each run.'),
      ...options.s3,
    })
    .describe('An object for each file.'),
  z
    .strictObject({
      folder: z
        .string({ error: 'is an absolute path' })
        .refine(isPlainPath, { error: 'is an absolute path, without ".."' })
        .describe('Below a folder that scu.folders of the configuration names.'),
      ...options.folder,
    })
    .describe('A folder on the host of the SCU, with a sub-folder for each run.'),
] as const

/** The key by which a destination says what it is, in the order of the branches. */
const tellingKeys = ['host', 'stow', 'http', 's3', 'folder'] as const

/** Where results go, as a flow file says it. */
export const destinationSchema = z.union(branches, {
  error: 'is a map with host, port and ae_title, or with one of stow, http, s3 and folder',
})
export type FlowDestination = z.output<typeof destinationSchema>

/** The branch that a destination was meant to be: what is wrong in it is what people want to hear. */
export const meantBranch = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0
  return Math.max(
    0,
    tellingKeys.findIndex((key) => Object.hasOwn(value, key)),
  )
}

/** Every key that some destination may have, and those of `commitment`. */
export const destinationKeys = [...new Set(branches.flatMap((branch) => Object.keys(branch.shape)))]
export const commitmentKeys = Object.keys(commitmentShape)

/** What people call a destination: its name, else `AE@host:port`, a URL or a folder. */
export const placeNameOf = (written: FlowDestination): string => {
  if (written.name !== undefined) return written.name
  if ('host' in written) return `${written.ae_title}@${written.host}:${written.port}`
  if ('stow' in written) return written.stow
  if ('http' in written) return written.http
  return 's3' in written ? written.s3 : written.folder
}
