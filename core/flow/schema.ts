import { z } from 'zod'
import { keywords, tagOf } from '../dicom/attributes/dictionary.ts'
import { type GatheredBy, bundleSchema } from './bundle.ts'
import { dockerKwargsSchema } from './dockerKwargs.ts'
import { nearest } from './nearest.ts'
import { compilePattern, PatternError } from './pattern.ts'

/** Issues of expressions carry this, so that they get their own error code. */
export const patternIssue = { pattern: true } as const

const expression = z
  .string({ error: 'is an expression in quotes' })
  .superRefine((source, context) => {
    try {
      compilePattern(source)
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      const message = `"${source}" cannot be used: ${error.message}`
      context.addIssue({ code: 'custom', message, params: patternIssue })
    }
  })
  .describe('A regular expression of Python; "~" in front means: must not match.')

const searchable = (key: string): string | undefined => {
  const digits = /^\(([0-9a-f]{4}),\s*([0-9a-f]{4})\)$/i.exec(key)
  const tag = digits === null ? tagOf(key) : parseInt(digits[1]! + digits[2]!, 16)
  if (tag === undefined) {
    const guess = nearest(key, keywords)
    return `"${key}" is no DICOM keyword and no tag (gggg,eeee)${guess === undefined ? '' : `; did you mean "${guess}"?`}`
  }
  if (tag < 0x00080000) return `"${key}" is not part of the data set, which begins with group 0008`
  if (tag >= 0x7fe00008 && tag >>> 16 === 0x7fe0) return `"${key}" holds pixels and is not searched`
  return undefined
}

const triggerKey = z.string().superRefine((key, context) => {
  const message = searchable(key)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const trigger = z
  .record(
    triggerKey,
    z
      .union([expression, z.array(expression)], { error: 'is a list of expressions' })
      .transform((value) => (typeof value === 'string' ? [value] : value)),
    { error: 'is a map from a DICOM keyword to a list of expressions' },
  )
  .refine((value) => Object.keys(value).length > 0, { error: 'is empty: name at least one DICOM keyword' })
  .transform((value) =>
    Object.fromEntries(Object.entries(value).map(([key, list]) => [canonicalKey(key), list])),
  )
  .describe('All expressions must hold for one and the same file.')

/** Tags in the form that attributes have: `(0008,103E)`. */
const canonicalKey = (key: string): string =>
  key.startsWith('(') ? key.toUpperCase().replace(/\s/g, '') : key

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

const modelFileSchema = z.strictObject(
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
  },
  { error: 'is a map that describes a model' },
)
const modelSchema = modelFileSchema.transform((model) => ({
  ...model,
  name: model.name ?? nameOfImage(model.docker_kwargs.image),
}))
export type Model = z.output<typeof modelSchema>

const port = z
  .number({ error: 'is a TCP port' })
  .int({ error: 'is a TCP port' })
  .min(1, { error: 'is a TCP port from 1 to 65535' })
  .max(65_535, { error: 'is a TCP port from 1 to 65535' })
const ports = z.union([port, z.array(port)], { error: 'is a TCP port or a list of them' })

const destinationSchema = z.strictObject(
  {
    host: z
      .string({ error: 'is a host name or IP address' })
      .min(1, { error: 'is a host name or IP address' }),
    port,
    ae_title: z
      .string({ error: 'is an AE title' })
      .trim()
      .regex(/^[\x20-\x5b\x5d-\x7e]{1,16}$/, { error: 'is an AE title: 1 to 16 ASCII characters, no "\\"' }),
  },
  { error: 'is a map with host, port and ae_title' },
)

/** A flow file as people write it. */
export const flowFileSchema = z
  .strictObject({
    name: z.string({ error: 'is a text in quotes' }).optional().describe('By default the name of the file.'),
    version: z
      .union([z.string(), z.number()], { error: 'is a text in quotes' })
      .transform(String)
      .default(''),
    priority: z
      .number({ error: 'is a number from 0 to 5' })
      .int({ error: 'is a whole number from 0 to 5' })
      .min(0, { error: 'is a number from 0 to 5' })
      .max(5, { error: 'is a number from 0 to 5' })
      .default(0)
      .describe('0 to 5; the highest goes first.'),
    triggers: z
      .array(trigger, {
        error: 'is a list of triggers',
      })
      .min(1, { error: 'is empty: which files start the flow?' })
      .describe('Each must be met by at least one file; the run takes all files that meet one.'),
    bundle: bundleSchema
      .optional()
      .describe('Which files are taken together; by default those of one association.'),
    models: z
      .array(modelSchema, { error: 'is a list of models' })
      .default([])
      .describe('An empty list sends the files on as they came.'),
    destinations: z
      .array(destinationSchema, { error: 'is a list of destinations' })
      .default([])
      .describe('Where the files of "dst" go.'),
    return_to_sender_on_ports: ports.optional().describe('Send to the sender, too, on these ports.'),
    return_to_sender_on_port: ports.optional().describe('Older name of return_to_sender_on_ports.'),
    tar_subdir: z
      .array(z.string().min(1), { error: 'is a list of DICOM keywords' })
      .default([])
      .describe('DICOM keywords whose values become sub-folders of "src".'),
    extra: z.record(z.string(), z.unknown()).optional().describe('Anything; it stays with the run.'),
    optional_kwargs: z.record(z.string(), z.unknown()).optional().describe('Older name of extra.'),
  })
  .superRefine((file, context) => {
    if (file.extra !== undefined && file.optional_kwargs !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['optional_kwargs'],
        message: 'is the older name of extra; keep one',
      })
  })

const list = (value: number | readonly number[] | undefined): readonly number[] =>
  value === undefined ? [] : typeof value === 'number' ? [value] : value

/** Only where it says something: the definitions, and the hashes, of flows that go by association stay as they were. */
const gathering = (
  bundle: z.output<typeof bundleSchema> | undefined,
): { bundle?: { by: GatheredBy; quiet: number; deadline: number } } =>
  bundle === undefined || bundle.by === 'association' ? {} : { bundle: { ...bundle, by: bundle.by } }

/** The canonical definition: the file's own keys, one name for each, with every default filled in. */
export const flowSchema = flowFileSchema.transform((file) => ({
  name: file.name ?? '',
  version: file.version,
  priority: file.priority,
  triggers: file.triggers,
  ...gathering(file.bundle),
  models: file.models,
  destinations: file.destinations,
  return_to_sender_on_ports: [
    ...new Set([...list(file.return_to_sender_on_ports), ...list(file.return_to_sender_on_port)]),
  ],
  tar_subdir: file.tar_subdir,
  extra: file.extra ?? file.optional_kwargs ?? {},
}))
export type Flow = z.output<typeof flowSchema>
export type Trigger = Flow['triggers'][number]
export type FlowDestination = Flow['destinations'][number]

/** The keys that a flow file, a model and a destination may have. */
export const flowKeys = Object.keys(flowFileSchema.shape)
export const modelKeys = Object.keys(modelFileSchema.shape)
export const destinationKeys = Object.keys(destinationSchema.shape)

/** The mounts alone, so that they are checked in a file that has other errors, too. */
export const mountsSchema = z.object({
  models: z
    .array(
      z.object({
        name: z.string().optional().catch(undefined),
        input_mounts: z.record(z.string(), z.string()).default({ src: '/input' }),
        output_mounts: z.record(z.string(), z.string()).default({ dst: '/output' }),
      }),
    )
    .default([]),
})

/** A flow out of its canonical definition, as events carry it. */
export const flowOf = (definition: string): Flow => flowSchema.parse(JSON.parse(definition))

/** A model out of an event's `spec`. */
export const modelOf = (spec: string): Model => modelSchema.parse(JSON.parse(spec))
