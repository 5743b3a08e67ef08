import { z } from 'zod'
import { secret } from './secret.ts'

const certificate = z.union(
  [
    z
      .string()
      .regex(/^\s*-----BEGIN CERTIFICATE-----/, { error: 'is a certificate (PEM), or {secret: NAME}' }),
    secret,
  ],
  { error: 'is a certificate (PEM), or {secret: NAME}' },
)

const shape = {
  ca: certificate.optional().describe('Who vouches for the destination; by default those that Node knows.'),
  cert: certificate.optional().describe('Our certificate, where the destination asks for one.'),
  key: secret.optional().describe('Its key.'),
  verify: z
    .boolean()
    .default(true)
    .describe('false: encrypt, whoever is at the other end. For tests; anybody in between can listen.'),
  server_name: z
    .string()
    .min(1)
    .optional()
    .describe('The name in the certificate of the destination, where it is not its host.'),
}

const pair = {
  check: ({ cert, key }: { cert?: unknown; key?: unknown }): boolean =>
    (cert === undefined) === (key === undefined),
  message: 'cert and key go together',
}

/** TLS to a destination of DIMSE; `true` trusts whom Node trusts. */
export const tlsSchema = z
  .union([z.literal(true), z.strictObject(shape).refine(pair.check, { error: pair.message })], {
    error: 'is true, or a map with ca, cert, key, verify and server_name',
  })
  .transform((value) => (value === true ? { verify: true } : value) as TlsOptions)

/** As the flow file says it, with every default. */
export type TlsOptions = z.output<z.ZodObject<typeof shape>>

/** The keys of `tls`. */
export const tlsKeys = Object.keys(shape)
