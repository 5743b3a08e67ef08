import { posix } from 'node:path'
import { containerPath, within } from './path.ts'
import { failure } from './failure.ts'
import { type Model } from '../../../core/flow/schema.ts'

/** A volume of the container. One path may serve several mounts: a model may read and write in place. */
export interface Volume {
  readonly path: string
  /** Names of the mounts whose files it holds at the start. */
  readonly inputs: readonly string[]
  /** Names of the mounts that are read from it at the end. */
  readonly outputs: readonly string[]
}

/** Where a model's files lie in its container. */
export interface Layout {
  readonly volumes: readonly Volume[]
  /** The file that holds the model's `config`, where it has one; `volume` is undefined for a folder of its own. */
  readonly config?: {
    readonly folder: string
    readonly volume?: { readonly index: number; readonly path: string }
  }
}

/** The volumes a model needs, in the order of its flow file. */
export const layoutOf = (spec: Model): Layout => {
  const volumes = new Map<string, { path: string; inputs: string[]; outputs: string[] }>()
  for (const role of ['inputs', 'outputs'] as const) {
    const mounts = role === 'inputs' ? spec.input_mounts : spec.output_mounts
    for (const [name, at] of Object.entries(mounts)) {
      const path = containerPath(at)
      const volume = volumes.get(path) ?? { path, inputs: [], outputs: [] }
      volume[role].push(name)
      volumes.set(path, volume)
    }
  }
  const list = [...volumes.values()]
  if (spec.config_dump_folder === '' || Object.keys(spec.config).length === 0) return { volumes: list }
  const folder = containerPath(spec.config_dump_folder)
  const holders = list
    .map(({ path }, index) => ({ index, path: within(path, folder) }))
    .filter((one): one is { index: number; path: string } => one.path !== undefined)
    .sort((a, b) => a.path.length - b.path.length)
  return { volumes: list, config: { folder, ...(holders[0] && { volume: holders[0] }) } }
}

/** A folder of the host that a container sees. */
export interface HostFolder {
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

/**
 * A static mount, `source:target[:ro|rw]`, if the worker's configuration allows that folder. Read-only
 * unless the flow asks for more and the worker grants it.
 */
export const staticMount = (
  text: string,
  allowed: readonly { readonly prefix: string; readonly writable: boolean }[],
): HostFolder => {
  const [from = '', to = '', mode = 'ro', ...rest] = text.split(':')
  if (!from.startsWith('/') || to === '' || rest.length > 0 || !['ro', 'rw'].includes(mode))
    throw failure('image', `static mount "${text}" is not of the form /source:/target[:ro]; correct the flow`)
  const source = posix.normalize(from).replace(/(?!^)\/+$/, '')
  const grant = allowed.find(({ prefix }) => {
    const folder = posix.normalize(prefix).replace(/\/+$/, '')
    return folder === '' || within(folder, source) !== undefined
  })
  if (!grant)
    throw failure(
      'image',
      `static mount "${text}" is not allowed on this worker; add its folder to staticMounts of the worker`,
    )
  if (mode === 'rw' && !grant.writable)
    throw failure(
      'image',
      `static mount "${text}" may only be read on this worker; make it writable in staticMounts of the worker`,
    )
  return { source, target: containerPath(to), readOnly: mode === 'ro' }
}
