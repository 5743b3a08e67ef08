import { z } from 'zod'
import { bytes, bytesOf } from './bytes.ts'
import { networkMode } from './dockerKwargs.ts'

/** A pebibyte: more than any machine has, and within what an event can say. */
const mostBytes = 1024 ** 5
const size = bytes
  .transform(bytesOf)
  .refine((count) => count > 0, { error: 'is more than nothing' })
  .refine((count) => count <= mostBytes, { error: 'is at most 1024t' })
/** A word by which a model finds its workers. */
export const label = z.string({ error: 'is a text' }).regex(/^[^\s,]{1,128}$/, {
  error: 'is a word of up to 128 characters, without blanks and ","',
})

/** What a model needs of a worker; none of it is in a flow file of RadDeploy. */
export const placementKeys = {
  cpus: z
    .number({ error: 'is a number of CPUs' })
    .min(0.01, { error: 'is at least 0.01, which Docker can keep' })
    .max(1024, { error: 'is a number of CPUs up to 1024' })
    .optional()
    .describe('CPUs that it needs for itself, and may use at most; 0.5 is half of one.'),
  memory: size.optional().describe('Memory that it needs for itself, and may use at most: 512m, 8g.'),
  gpus: z
    .number({ error: 'is a number of GPUs' })
    .int({ error: 'is a whole number of GPUs' })
    .min(0, { error: 'is a number of GPUs' })
    .max(64, { error: 'is a number of GPUs up to 64' })
    .optional()
    .describe('GPUs that it needs; 1 where gpu is true.'),
  gpu_memory: size
    .optional()
    .describe('Memory that it needs of each GPU: 8g. It may share a GPU then; without it, it has it whole.'),
  labels: z
    .union([label, z.array(label)], {
      error: 'is a list of labels of workers; those of the container belong into docker_kwargs',
    })
    .transform((value) => (typeof value === 'string' ? [value] : [...new Set(value)]))
    .optional()
    .describe('Labels that a worker must have, all of them, to take it.'),
  network: networkMode
    .optional()
    .describe('none (the default), bridge, or another network that the worker allows.'),
}

/** What an attempt needs of a worker. Bytes; `gpuMemory` 0 stands for the whole GPU. */
export interface Needs {
  readonly cpus: number
  readonly memory: number
  readonly gpus: number
  readonly gpuMemory: number
  readonly labels: readonly string[]
}

type Placed = { readonly [K in keyof typeof placementKeys]?: z.output<(typeof placementKeys)[K]> | undefined }

/** How many GPUs a model needs: as many as it says, else one where it speaks of any. */
export const gpusOf = ({
  gpu,
  gpus,
  gpu_memory,
}: Pick<Placed, 'gpus' | 'gpu_memory'> & { readonly gpu: boolean }): number =>
  gpus ?? (gpu || gpu_memory !== undefined ? 1 : 0)

/** What a model needs of a worker: one CPU where it does not say. */
export const needsOf = (model: Placed & { readonly gpu: boolean }): Needs => ({
  cpus: model.cpus ?? 1,
  memory: model.memory ?? 0,
  gpus: gpusOf(model),
  gpuMemory: model.gpu_memory ?? 0,
  labels: model.labels ?? [],
})
