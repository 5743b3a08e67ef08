import { z } from 'zod'
import { bytes } from './bytes.ts'
import { splitCommand } from './shell.ts'

const commandLine = z
  .union([z.string(), z.array(z.string())], { error: 'is a text or a list of texts' })
  .transform((value, context): string[] => {
    if (typeof value !== 'string') return value
    const words = splitCommand(value)
    if (words !== undefined) return words
    context.issues.push({
      code: 'custom',
      message: 'has a quotation mark or "\\" that is not closed',
      input: value,
    })
    return z.NEVER
  })

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'is a text, a number, or true or false',
})

/** As docker-py hands it to the container: Python's spelling of true and false. */
const variableText = (value: string | number | boolean | null): string => {
  if (value === null) return ''
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return String(value)
}

const environment = z
  .union([z.record(z.string(), scalar), z.array(z.string())], {
    error: 'is a map NAME: value, or a list of NAME=value',
  })
  .transform((value, context): Record<string, string> => {
    const pairs: [string, string][] = Array.isArray(value)
      ? value.map((line): [string, string] => {
          const [name = '', ...rest] = line.split('=')
          return [name, rest.join('=')]
        })
      : Object.entries(value).map(([name, one]): [string, string] => [name, variableText(one)])
    for (const [name] of pairs)
      if (!/^[^=\0\s]+$/.test(name))
        context.issues.push({ code: 'custom', message: `"${name}" is no name of a variable`, input: value })
    return Object.fromEntries(pairs)
  })

const stringMap = z.record(z.string(), z.string())
const deviceRates = z.array(z.strictObject({ Path: z.string(), Rate: z.number().int().nonnegative() }))
const natural = z.number().int().nonnegative()
const notAContainer = (words: readonly string[]) =>
  z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, { error: `is one of ${words.join(', ')}` })

/** A network by its name, never that of another container. */
export const networkMode = notAContainer(['none', 'bridge', 'host', 'the name of a network'])

/**
 * What a flow may ask of Docker, in docker-py's names (docker.containers.run). RadDeploy's list, and a few
 * that shape the container only. What reaches out of the container is not on it, but for the networks and the
 * shared memory of the host, which each worker grants or refuses.
 */
export const dockerKwargsSchema = z.strictObject({
  image: z
    .string({
      error: 'is the name of an image',
    })
    .regex(/^[^\s]+$/, { error: 'is the name of an image, without blanks' })
    .describe('Image with tag or digest: registry/name:tag or registry/name@sha256:…'),
  command: commandLine.optional().describe('A list of words, or one text that is split as a shell would.'),
  entrypoint: commandLine.optional().describe('Replaces the entrypoint of the image.'),
  environment: environment.optional().describe('Environment variables.'),
  user: z
    .union([z.string().min(1), natural], { error: 'is a user name or number, also user:group' })
    .transform(String)
    .optional()
    .describe('User (and group) inside the container.'),
  working_dir: z.string().regex(/^\//, { error: 'is an absolute path' }).optional(),
  hostname: z.string().min(1).optional(),
  mem_limit: bytes.optional().describe('Memory limit, for example 8g.'),
  mem_reservation: bytes.optional(),
  memswap_limit: z.union([bytes, z.literal(-1)]).optional(),
  mem_swappiness: z.number().int().min(0).max(100).optional(),
  shm_size: bytes.optional().describe('Size of /dev/shm, for example 2g.'),
  nano_cpus: natural.optional().describe('CPUs in units of a billionth: 2000000000 are two.'),
  cpu_period: natural.optional(),
  cpu_quota: z.number().int().optional(),
  cpu_rt_period: natural.optional(),
  cpu_rt_runtime: natural.optional(),
  cpu_shares: natural.optional(),
  cpuset_cpus: z
    .string()
    .regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, { error: 'names CPUs as in "0-3,7"' })
    .optional(),
  device_read_bps: deviceRates.optional(),
  device_read_iops: deviceRates.optional(),
  device_write_bps: deviceRates.optional(),
  device_write_iops: deviceRates.optional(),
  pids_limit: z.number().int().min(-1).optional(),
  init: z.boolean().optional().describe('Runs an init process that passes signals on.'),
  read_only: z.boolean().optional().describe('The root file system cannot be written.'),
  tmpfs: stringMap.optional(),
  stop_signal: z.string().min(1).optional(),
  labels: z
    .union([stringMap, z.array(z.string())])
    .transform((value) =>
      Array.isArray(value) ? Object.fromEntries(value.map((name) => [name, ''])) : value,
    )
    .optional(),
  ports: z.record(z.string(), z.unknown()).optional(),
  ipc_mode: notAContainer(['none', 'private', 'shareable', 'host'])
    .optional()
    .describe('private (the default), none, shareable, or host unless the worker refuses it (hostIpc).'),
  network_mode: networkMode
    .optional()
    .describe(
      'none (the default), bridge, or another network that the worker allows (networks), such as host.',
    ),
  network_disabled: z.boolean().optional(),
})
export type DockerKwargs = z.output<typeof dockerKwargsSchema>

const reachesOut = 'lets the container reach out into the host'
const workerDecides = 'is for the worker to decide'

/** docker-py names that are refused on purpose, and why. */
export const refusedKwargs: Readonly<Record<string, string>> = {
  privileged: reachesOut,
  cap_add: reachesOut,
  devices: reachesOut,
  device_cgroup_rules: reachesOut,
  device_requests: `${workerDecides}; ask for a GPU with gpu: true, for more with gpus`,
  security_opt: reachesOut,
  sysctls: reachesOut,
  pid_mode: reachesOut,
  uts_mode: reachesOut,
  userns_mode: reachesOut,
  cgroup_parent: reachesOut,
  cgroupns: reachesOut,
  runtime: workerDecides,
  volumes: `${reachesOut}; use input_mounts, output_mounts or static_mounts`,
  volumes_from: `${reachesOut}; use input_mounts, output_mounts or static_mounts`,
  mounts: `${reachesOut}; use input_mounts, output_mounts or static_mounts`,
  volume_driver: workerDecides,
  storage_opt: workerDecides,
  links: reachesOut,
  network: 'is not used; set network of the model, or network_mode',
  name: `${workerDecides}: it finds its containers by name`,
  detach: workerDecides,
  remove: workerDecides,
  auto_remove: workerDecides,
  restart_policy: `${workerDecides}: a failed attempt is an event; see retries`,
  stdin_open: workerDecides,
  tty: workerDecides,
  stdout: workerDecides,
  stderr: workerDecides,
  stream: workerDecides,
  log_config: workerDecides,
  platform: workerDecides,
  oom_kill_disable: workerDecides,
  oom_score_adj: workerDecides,
}
