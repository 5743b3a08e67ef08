import { z } from 'zod'
import { nameMatches } from '../../core/flow/nameMatch.ts'
import { aeTitle } from '../intake/aeTitle.ts'
import { isHosts } from '../intake/hosts.ts'
import { spaceSchema } from '../intake/spaceConfig.ts'

const callers = z
  .strictObject({
    aeTitle: z.string().trim().min(1).optional(),
    hosts: z
      .array(
        z.string().refine(isHosts, { error: 'is an IP address, or a block of them such as 10.1.0.0/16' }),
      )
      .min(1)
      .optional(),
  })
  .refine((one) => one.aeTitle !== undefined || one.hosts !== undefined, {
    error: 'names aeTitle, hosts or both',
  })

const seconds = z.number().min(0.1).max(86_400)
const pduLength = z.number().int().min(4096).max(1_048_576)
const instanceBytes = z.number().int().min(1024)

/** What one AE title (or several, `*` for any part) asks of its callers, and gives them. */
export const policySchema = z.strictObject({
  aeTitle,
  /** Who may call; by default everybody. */
  allow: z.array(callers).min(1).optional(),
  /** Who may not, also of those who otherwise may. */
  refuse: z.array(callers).default([]),
  /** Names of the flows that what it receives may trigger, `*` for any part; by default all. */
  flows: z.array(z.string().min(1)).optional(),
  tls: z.enum(['optional', 'required']).default('optional'),
  /** Whether callers need a certificate that `scp.tls.ca` has signed; that means TLS, too. */
  clientCertificate: z.boolean().default(false),
  /** Open at once, of this AE title; together they have no more than the SCP. */
  maxAssociations: z.number().int().min(1).optional(),
  maxPduLength: pduLength.optional(),
  /** What is larger is refused. */
  maxInstanceBytes: instanceBytes.optional(),
  idleSeconds: seconds.optional(),
  artimSeconds: seconds.optional(),
})
export type Policy = Readonly<z.output<typeof policySchema>>

const shape = z.strictObject({
  /** Name of the instance; with the port the same after a restart, so that it can close what it left open. */
  name: z.string().min(1),
  host: z.string().default('0.0.0.0'),
  /** 0 takes a free one. */
  port: z.number().int().min(0).max(65535).default(11112),
  /** The AE title where no entities are named, and how we are called where it is not said by which. */
  aeTitle: aeTitle.optional(),
  /** The AE titles of this port; who calls gets the first that fits. By default `aeTitle`, open to everybody. */
  entities: z.array(policySchema).min(1).optional(),
  /** Paths of PEM files; with `ca`, callers are asked for a certificate. */
  tls: z
    .strictObject({ key: z.string().min(1), cert: z.string().min(1), ca: z.string().min(1).optional() })
    .optional(),
  maxAssociations: z.number().int().min(1).default(200),
  maxPduLength: pduLength.default(131_072),
  maxInstanceBytes: instanceBytes.optional(),
  /** From connect to A-ASSOCIATE-RQ, and from our last word to the peer's close (ARTIM, PS3.8, 9.1.5). */
  artimSeconds: seconds.default(30),
  /** How long nothing may come from a peer that is to move. */
  idleSeconds: seconds.default(60),
  /** How long associations that are open may go on when the SCP is stopped. */
  graceSeconds: z.number().min(0).max(86_400).default(5),
  /** When every way in stops, since the store has no more room. */
  space: spaceSchema.prefault({}),
})

type Raw = Pick<z.output<typeof shape>, 'aeTitle' | 'entities' | 'tls'>

/** What no key alone can say. */
const consistent = ({ aeTitle: own, entities, tls }: Raw, context: z.RefinementCtx): void => {
  const issue = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: 'custom', path, message })
  for (const [index, entity] of (entities ?? []).entries()) {
    const at = ['entities', index]
    if (entities!.findIndex((other) => other.aeTitle === entity.aeTitle) < index)
      issue([...at, 'aeTitle'], `${entity.aeTitle} is there twice`)
    if (entity.tls === 'required' && !tls) issue([...at, 'tls'], 'needs scp.tls')
    if (entity.clientCertificate && !tls?.ca) issue([...at, 'clientCertificate'], 'needs scp.tls.ca')
  }
  if (own !== undefined && entities && !entities.some((entity) => nameMatches(entity.aeTitle, own)))
    issue(['aeTitle'], `${own} is none of the entities`)
}

/** With one entity at least. */
const complete = <T extends Raw>(
  raw: T,
): Omit<T, 'aeTitle' | 'entities'> & { readonly aeTitle: string; readonly entities: Policy[] } => {
  const titles = raw.entities?.map((entity) => entity.aeTitle) ?? []
  const named = titles.find((title) => !title.includes('*')) ?? titles[0]?.replaceAll('*', '')
  const own = raw.aeTitle ?? (named || 'RADDEPLOY')
  return { ...raw, aeTitle: own, entities: raw.entities ?? [policySchema.parse({ aeTitle: own })] }
}

/** How an SCP listens. */
export const scpConfigSchema = shape.superRefine(consistent).transform(complete)
export type ScpConfig = Readonly<z.output<typeof scpConfigSchema>>

/** The same as people configure it: its name is the host's, and its port may be left to us. */
export const scpSectionSchema = shape
  .omit({ name: true, port: true })
  .extend({ port: z.coerce.number().int().min(0).max(65535).optional() })
  .superRefine(consistent)
  .transform(complete)
