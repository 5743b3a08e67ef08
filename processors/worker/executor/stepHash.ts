import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../core/event/id.ts'
import { gpusOf } from '../../../core/flow/placement.ts'
import { type Model } from '../../../core/flow/schema.ts'
import { type InputFiles } from './manifests.ts'
import { ownVariables } from './options.ts'

/** What the outputs of a model follow from. */
export interface Step {
  readonly spec: Model
  /** Repository digest of the image, or its id where it has none, as ModelStarted states it. */
  readonly imageDigest: string
  readonly inputs: InputFiles
}

/**
 * SHA-256, in hexadecimal digits, of all that the outputs of a model follow from: the image, what the flow tells
 * it, and its input files. Steps with the same hash give the same outputs, as far as the model is deterministic.
 * It can be computed again from what the log and the manifests say, and is the same for the same image in two
 * registries.
 *
 * What names, places, bounds or repeats an attempt is no part of it: ids, keys in the object store, priority,
 * timeout, retries, labels, host name, limits of memory and CPU. Of static mounts it knows the text alone.
 */
export const stepHash = (step: Step): string =>
  createHash('sha256')
    .update(canonicalJson(wordsOf(step)))
    .digest('hex')

/** Any change of what is listed here, or how, is a new version. */
const wordsOf = ({ spec, imageDigest, inputs }: Step): object => {
  const { docker_kwargs: kwargs } = spec
  return {
    version: 'v1',
    image: imageDigest.split('@').at(-1),
    entrypoint: kwargs.entrypoint ?? null,
    command: kwargs.command ?? null,
    environment: Object.entries(kwargs.environment ?? {})
      .filter(([name]) => !ownVariables.has(name))
      .sort(byFirst),
    user: kwargs.user ?? null,
    workingDir: kwargs.working_dir ?? null,
    readOnly: kwargs.read_only ?? true,
    tmpfs: Object.entries(kwargs.tmpfs ?? {}).sort(byFirst),
    network: kwargs.network_disabled ? 'none' : (kwargs.network_mode ?? 'none'),
    ipc: kwargs.ipc_mode ?? 'private',
    gpus: gpusOf(spec),
    gpuMemory: spec.gpu_memory ?? null,
    config: spec.config,
    configFolder: spec.config_dump_folder,
    staticMounts: [...spec.static_mounts].sort(),
    inputs: Object.entries(spec.input_mounts)
      .sort(byFirst)
      .map(([name, path]) => ({
        name,
        path,
        files: (inputs.get(name) ?? [])
          .map((file): [string, string] => [file.path, file.object.sha256])
          .sort(byFirst),
      })),
    outputs: Object.entries(spec.output_mounts).sort(byFirst),
  }
}

const byFirst = ([a]: readonly [string, string], [b]: readonly [string, string]): number =>
  a < b ? -1 : a > b ? 1 : 0
