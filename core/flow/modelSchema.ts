import { z } from 'zod'
import { dockerKwargsSchema } from './dockerKwargs.ts'
import { gpusOf, placementKeys } from './placement.ts'
import { retriesSchema } from './retries.ts'
import { trigger } from './triggerSchema.ts'

const mountPath = z
  .string({ error: 'is an absolute path inside the container' })
  .regex(/^\/[^\0:]+$/, { error: 'is an absolute path inside the container, not "/" and without ":"' })
  .refine((path) => !path.split('/').includes('..'), { error: 'must not contain ".."' })
  .transform(
    (path) =>
      `/${path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/')}`,
  )

const mountName = z.string().regex(/^(?!\.{1,2}$)[^\p{Cc}/\\]{1,128}$/u, {
  error: 'is a name of up to 128 characters, without "/" or "\\"',
})
const mounts = z.record(mountName, mountPath, { error: 'is a map name: path' })

const staticMount = z.string().regex(/^[^:\0]+:\/[^:\0]+(:(ro|rw))?$/, {
  error: 'is of the form source:/path or source:/path:ro',
})
const staticMounts = z
  .union([z.array(staticMount), staticMount, z.record(z.string(), mountPath)], {
    error: 'is a list of source:/path',
  })
  .transform((value): string[] => {
    if (typeof value === 'string') return [value]
    return Array.isArray(value) ? value : Object.entries(value).map(([source, path]) => `${source}:${path}`)
  })

/** `registry/group/name:tag@digest` → `name`. */
const nameOfImage = (image: string): string => image.split('@')[0]!.split('/').at(-1)!.split(':')[0]!

const triggers = z
  .array(trigger, { error: 'is a list of triggers' })
  .min(1, { error: 'is empty: which files must be there?' })

/** A model as people write it. */
export const modelFileSchema = z.strictObject(
  {
    name: z.string().min(1).max(128).optional().describe('Name for people; by default that of the image.'),
    docker_kwargs: dockerKwargsSchema.describe('How the container is created, in docker-py’s names.'),
    gpu: z
      .union([z.boolean(), z.string()], { error: 'is true or false' })
      .transform((value) => value !== false && value !== '')
      .default(false)
      .describe('Whether it needs a GPU.'),
    input_mounts: mounts
      .default({ src: '/input' })
      .describe('What it reads: mount name to path in the container. "src" is what was received.'),
    output_mounts: mounts
      .default({ dst: '/output' })
      .describe('What it writes: mount name to path in the container. "dst" is what is sent.'),
    static_mounts: staticMounts
      .default([])
      .describe('Files kept at the workers, such as weights: source:/path in the container.'),
    pull_before_exec: z.boolean().default(true).describe('Pull the image before each execution.'),
    timeout: z
      .number({ error: 'is a number of seconds' })
      .int({ error: 'is a whole number of seconds' })
      .positive({ error: 'is at least one second' })
      .default(1800)
      .describe('Longest run time in seconds.'),
    config: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('Written as YAML to config.yaml in config_dump_folder.'),
    config_dump_folder: z
      .union([z.literal(''), mountPath])
      .default('/config')
      .describe('Where config.yaml lies; "" for none.'),
    optional: z.boolean().default(false).describe('It may fail without failing the run.'),
    ...placementKeys,
    retries: retriesSchema
      .optional()
      .describe('How often it is tried again, on which kinds of failure, and after which pauses.'),
    cache: z
      .boolean()
      .optional()
      .describe(
        'Outputs of an earlier attempt of the same image, command, configuration and inputs are used again.',
      ),
    when: z
      .record(mountName, triggers, { error: 'is a map from an input mount to a list of triggers' })
      .refine((value) => Object.keys(value).length > 0, { error: 'is empty: name one of its input_mounts' })
      .optional()
      .describe('It runs only if each trigger is met by a file of that input mount.'),
  },
  { error: 'is a map that describes a model' },
)

/** What cannot be said of one model at once. */
const contradictions = ({
  input_mounts,
  when,
  gpu,
  gpus,
  gpu_memory,
  network,
  docker_kwargs,
  cache,
  static_mounts,
}: z.output<typeof modelFileSchema>): readonly { readonly path: string[]; readonly message: string }[] => [
  ...Object.keys(when ?? {})
    .filter((mount) => !Object.hasOwn(input_mounts, mount))
    .map((mount) => ({ path: ['when', mount], message: `"${mount}" is none of its input_mounts` })),
  ...(gpus === 0 && (gpu || gpu_memory !== undefined)
    ? [{ path: ['gpus'], message: `is 0, but ${gpu ? 'gpu' : 'gpu_memory'} asks for one` }]
    : []),
  ...(cache && static_mounts.length > 0
    ? [
        {
          path: ['cache'],
          message: 'cannot be used beside static_mounts: what lies there may change unnoticed',
        },
      ]
    : []),
  ...(network !== undefined && docker_kwargs.network_mode !== undefined
    ? [{ path: ['network'], message: 'is the same as network_mode of docker_kwargs; keep one' }]
    : []),
]

/** The canonical definition of a model. Additions to RadDeploy's keys are there only where the file has them. */
export const modelSchema = modelFileSchema
  .superRefine((model, context) => {
    for (const { path, message } of contradictions(model))
      context.addIssue({ code: 'custom', path, message, params: { atKey: true } })
  })
  .transform(({ network, ...model }) => ({
    ...model,
    docker_kwargs: { ...model.docker_kwargs, ...(network !== undefined && { network_mode: network }) },
    gpu: gpusOf(model) > 0,
    name: model.name ?? nameOfImage(model.docker_kwargs.image),
  }))
export type Model = z.output<typeof modelSchema>

/** True where an event's `spec` says that the run may go on without the model, whatever else of it can be read. */
export const isOptional = (spec: string): boolean =>
  (JSON.parse(spec) as { optional?: unknown }).optional === true

/** A model out of an event's `spec`. */
export const modelOf = (spec: string): Model => modelSchema.parse(JSON.parse(spec))
