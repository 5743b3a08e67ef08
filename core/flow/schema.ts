import { z } from 'zod'
import { bundleSchema, bundlingOf } from './bundle.ts'
import { destinationSchema, port } from './destinationSchema.ts'
import { modelFileSchema, modelSchema } from './modelSchema.ts'
import { trigger } from './triggerSchema.ts'

export { type FlowDestination, commitmentKeys, destinationKeys, meantBranch } from './destinationSchema.ts'
export { type Model, modelOf } from './modelSchema.ts'
export { type Trigger } from './triggerSchema.ts'

const ports = z.union([port, z.array(port)], { error: 'is a TCP port or a list of them' })

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
    own_results: z
      .enum(['leave', 'take'], { error: 'is leave or take' })
      .default('leave')
      .describe('Whether results of this flow that come back to us start it again.'),
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

/** The canonical definition: the file's own keys, one name for each, with every default filled in. */
export const flowSchema = flowFileSchema.transform((file) => ({
  name: file.name ?? '',
  version: file.version,
  priority: file.priority,
  triggers: file.triggers,
  ...bundlingOf(file.bundle),
  models: file.models,
  destinations: file.destinations,
  return_to_sender_on_ports: [
    ...new Set([...list(file.return_to_sender_on_ports), ...list(file.return_to_sender_on_port)]),
  ],
  tar_subdir: file.tar_subdir,
  // Only where it says something: the definitions, and the hashes, of all other flows stay as they were.
  ...(file.own_results === 'take' ? { own_results: file.own_results } : {}),
  extra: file.extra ?? file.optional_kwargs ?? {},
}))
export type Flow = z.output<typeof flowSchema>

/** The keys that a flow file and a model may have. */
export const flowKeys = Object.keys(flowFileSchema.shape)
export const modelKeys = Object.keys(modelFileSchema.shape)

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
