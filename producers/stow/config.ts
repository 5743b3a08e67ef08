import { z } from 'zod'
import { aeTitle } from '../intake/aeTitle.ts'
import { isHosts } from '../intake/hosts.ts'

const seconds = z.number().min(0.1).max(86_400)
const bytes = z.number().int().min(1024)

/** Who may send: known by a token, from the hosts that are named, or from any. */
const client = z.strictObject({
  /** Stands in events as the calling AE title. */
  name: aeTitle,
  /** SHA-256 of the token, in hexadecimal digits. */
  tokenSha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, { error: 'is a SHA-256: 64 hexadecimal digits' })
    .toLowerCase(),
  hosts: z
    .array(z.string().refine(isHosts, { error: 'is an IP address, or a block of them such as 10.1.0.0/16' }))
    .min(1)
    .optional(),
  /** Names of the flows that what it sends may trigger, `*` for any part; by default all. */
  flows: z.array(z.string().min(1)).optional(),
})
export type Client = Readonly<z.output<typeof client>>

const shape = z.strictObject({
  /** Name of the instance; with the port the same after a restart, so that it can close what it left open. */
  name: z.string().min(1),
  host: z.string().default('0.0.0.0'),
  /** 0 takes a free one. */
  port: z.number().int().min(0).max(65535),
  /** Paths of PEM files; with `ca`, callers are asked for a certificate and need one that it has signed. */
  tls: z
    .strictObject({ key: z.string().min(1), cert: z.string().min(1), ca: z.string().min(1).optional() })
    .optional(),
  /** Without any, only this host itself may send. */
  clients: z.array(client).default([]),
  calledAeTitle: aeTitle,
  /** An instance that is larger is refused. */
  maxInstanceBytes: bytes.optional(),
  /** A request that is larger is refused, or broken off. */
  maxRequestBytes: bytes.optional(),
  /** Instances of one request. */
  maxInstances: z.number().int().min(1).default(100_000),
  /** Requests at once. */
  maxRequests: z.number().int().min(1).default(16),
  /** How long nothing may come from a client that is to send. */
  idleSeconds: seconds.default(60),
  /** How long requests that are open may go on when the service is stopped. */
  graceSeconds: z.number().min(0).max(86_400).default(5),
})

/** How STOW-RS is served. */
export const stowConfigSchema = shape
export type StowConfig = Readonly<z.output<typeof stowConfigSchema>>

/** A token that stands elsewhere, by its name. */
const secret = z.strictObject({ secret: z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/) })

/** A client as people configure it: its token by the name of a secret, or by its hash. */
const clientSection = client
  .partial({ tokenSha256: true })
  .extend({ token: secret.optional() })
  .refine(({ token, tokenSha256 }) => (token === undefined) !== (tokenSha256 === undefined), {
    error: 'has either token or tokenSha256',
  })

/** The same as people configure it: without a port nothing is served, and its name is the host's. */
export const stowSectionSchema = shape
  .omit({ name: true })
  .extend({
    port: z.coerce.number().int().min(1).max(65535).optional(),
    calledAeTitle: aeTitle.optional(),
    clients: z.array(clientSection).default([]),
  })
  .superRefine(({ clients }, context) => {
    for (const [index, { name }] of clients.entries())
      if (clients.findIndex((other) => other.name === name) < index)
        context.addIssue({
          code: 'custom',
          path: ['clients', index, 'name'],
          message: `${name} is there twice`,
        })
  })
export type StowSection = Readonly<z.output<typeof stowSectionSchema>>
