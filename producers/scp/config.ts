import { z } from 'zod'

/** How an SCP listens. Times in milliseconds, lengths in bytes. */
export const scpConfigSchema = z.object({
  /** Name of the instance; with the port the same after a restart, so that it can close what it left open. */
  name: z.string().min(1),
  host: z.string().default('0.0.0.0'),
  /** 0 takes a free one. */
  port: z.number().int().min(0).max(65535).default(11112),
  aeTitle: z.string().min(1).max(16).default('RADDEPLOY'),
  anyCalledAeTitle: z.boolean().default(false),
  maxAssociations: z.number().int().min(1).default(200),
  maxPduLength: z.number().int().min(4096).default(131072),
  artimMs: z.number().int().min(100).default(30_000),
  idleMs: z.number().int().min(100).default(60_000),
})
export type ScpConfig = z.infer<typeof scpConfigSchema>
