import { z } from 'zod'

/** Where the servers we stand on answer. */
export const endpointsSchema = z.object({
  kafka: z.object({ brokers: z.array(z.string().min(1)).min(1) }),
  /** Confluent-compatible schema registry. */
  registry: z.object({ url: z.url() }),
  s3: z.object({
    endpoint: z.url(),
    region: z.string().default('us-east-1'),
    bucket: z.string().min(3).default('raddeploy'),
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
  }),
  postgres: z.object({ url: z.string().startsWith('postgres') }),
  docker: z.object({ socketPath: z.string() }),
})
export type Endpoints = z.infer<typeof endpointsSchema>
