import { z } from 'zod'

/** Where a Docker Engine answers, as the docker command's -H takes it. */
export const dockerHost = z
  .string()
  .refine((host) => /^(unix:\/\/\/.+|tcp:\/\/[^/?#@\s]+\/?)$/.test(host) && URL.canParse(host), {
    error: 'is unix:///path or tcp://host:port',
  })
const dockerEndpoint = z.union(
  [z.strictObject({ socketPath: z.string() }), z.strictObject({ host: dockerHost })],
  {
    error: 'has one key: socketPath, or host (unix:///path or tcp://host:port)',
  },
)
/** The Docker Engine that runs the containers: a socket of this machine, or a host as the docker command names it. */
export type DockerEndpoint = z.infer<typeof dockerEndpoint>

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
  docker: dockerEndpoint,
})
export type Endpoints = z.infer<typeof endpointsSchema>
/** The servers that we start ourselves: their engine has a socket here. */
export type EmbeddedEndpoints = Endpoints & { readonly docker: { readonly socketPath: string } }
