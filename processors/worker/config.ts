import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { bytes, bytesOf } from '../../core/flow/bytes.ts'
import { label } from '../../core/flow/placement.ts'

const MiB = 1024 * 1024

const size = bytes
  .transform(bytesOf)
  .refine((count) => count > 0, { error: 'is more than nothing: 512m, 2g' })
const wantedGpu = 'is a GPU: its id, or id=memory (0=24g)'

/** The id of a worker, as people give it: a word that goes into the names of files and groups. */
export const workerId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
  error: 'is a word of up to 63 letters, digits, ".", "_" and "-"',
})

/** The index of a GPU, which YAML reads as a number where it is not quoted. */
const gpuIndex = z.int().nonnegative().transform(String)

/** A GPU as people write it: `0`, or `0=24g`. */
const writtenGpu = z
  .string()
  .regex(/^[^=,\s]+(=[^=]+)?$/, { error: wantedGpu })
  .transform((text, context) => {
    const [id = '', memory] = text.split('=')
    const read = memory === undefined ? undefined : size.safeParse(memory)
    if (read?.success === false) context.addIssue({ code: 'custom', message: wantedGpu })
    return { id, memory: read?.data ?? 0 }
  })

/** What a worker is told: who it is, what it offers, and the bounds within which it runs containers. */
export const workerConfigSchema = z.object({
  /** The same after a restart: it is how a worker finds its containers again. */
  workerId: z.string().min(1),
  /** Names this raddeploy among others that use the same Docker Engine; part of every label. */
  installation: z.string().min(1),
  /** Models it runs at once. */
  slots: z.number().int().positive().default(2),
  /** CPUs it offers; by default those of the host of its Docker Engine, and at least one for each slot. */
  cpus: z.number().positive().optional(),
  /** Memory it offers, in bytes or as 64g; by default that of the host. A container that names none gets no more. */
  memory: size.optional(),
  /** GPUs it offers, as the NVIDIA runtime names them (an index or a UUID), with their memory (0 where not known). */
  gpus: z
    .array(
      z.union(
        [
          writtenGpu,
          gpuIndex.transform((id) => ({ id, memory: 0 })),
          z.strictObject({
            id: z.union([z.string().min(1), gpuIndex]),
            memory: z.union([z.literal(0), size]),
          }),
        ],
        { error: wantedGpu },
      ),
    )
    .refine((gpus) => new Set(gpus.map(({ id }) => id)).size === gpus.length, {
      error: 'names a GPU twice',
    })
    .default([]),
  /** What flows may ask for by `labels`. */
  labels: z.array(label).default([]),
  /** The worker counts as lost when nothing was heard of it for this long. */
  leaseMs: z.number().int().positive().default(30_000),
  /** Folders of the host that flows may mount (static_mounts), and whether they may write there. */
  staticMounts: z
    .array(
      z.union([
        z
          .string()
          .startsWith('/')
          .transform((prefix) => ({ prefix, writable: false })),
        z.strictObject({ prefix: z.string().startsWith('/'), writable: z.boolean().default(false) }),
      ]),
    )
    .default([]),
  /** Networks that flows may ask for (network_mode). `host` shows a model all that listens on this host. */
  networks: z.array(z.string().min(1)).default(['none', 'bridge']),
  /** Whether flows may share the host's memory segments (ipc_mode: host), as PyTorch flows often do. */
  hostIpc: z.boolean().default(true),
  /** Folder in which `docker login` leaves the credentials for registries (config.json). */
  dockerConfig: z
    .string()
    .min(1)
    .default(() => join(homedir(), '.docker')),
  /** Processes and threads of a container; a flow may ask for fewer. */
  pidsLimit: z.number().int().positive().default(4096),
  /** Bound of /tmp, which lies in memory. */
  tmpBytes: z
    .number()
    .int()
    .positive()
    .default(2048 * MiB),
  /** Between SIGTERM and SIGKILL when the timeout has passed. */
  stopGraceMs: z.number().int().nonnegative().default(10_000),
  /** How often a running container is looked at; its end is noticed at once, the death of the engine then. */
  pollMs: z.number().int().positive().default(10_000),
  /** How long the Docker Engine or the object store may be away before an attempt fails. */
  patienceMs: z.number().int().nonnegative().default(300_000),
  /** How long the Docker Engine may take to answer a short question; then it counts as away. */
  answerMs: z.number().int().positive().default(60_000),
  /** How long a pull, an archive or a log may bring nothing at all; then it is broken off. */
  stallMs: z.number().int().positive().default(300_000),
  /** Of a longer log the end is kept. */
  logBytes: z
    .number()
    .int()
    .positive()
    .default(16 * MiB),
  logTailLines: z.number().int().positive().default(50),
  /** Bounds of what one model may write into one mount. */
  outputFiles: z.number().int().positive().default(100_000),
  outputBytes: z
    .number()
    .int()
    .positive()
    .default(64 * 1024 * MiB),
})
export type WorkerConfig = z.infer<typeof workerConfigSchema>
