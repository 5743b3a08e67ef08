import { type Readable, addAbortSignal } from 'node:stream'
import type Docker from 'dockerode'
import { type Extract, extract } from 'tar-stream'
import { type MountFile } from '../../../core/manifest/manifest.ts'
import { type MountRef, type ObjectRef } from '../../../schemas/generated/shared.ts'
import { type Context } from './context.ts'
import { isGone, statusOf } from './engine.ts'
import { failure } from './failure.ts'
import { entryPath } from './path.ts'
import { whileMoving } from './silence.ts'
import { Uploads } from './uploads.ts'

/** A mount to read, and the keys its files and its manifest get. */
export interface OutputMount {
  readonly name: string
  readonly path: string
  readonly fileKey: (path: string) => string
  readonly manifestKey: string
}

/**
 * Brings the regular files of an ended container's mount to the object store, and their manifest, in the
 * order of their paths. Repeated, it finds the same bytes under the same keys and says the same. Links,
 * devices and the like are not results: they are left out and the log says so.
 */
export const collect = async (
  container: Docker.Container,
  mount: OutputMount,
  context: Context,
): Promise<MountRef> => {
  const { stallMs } = context.config
  const objects = await whileMoving(stallMs, context.signal, (moved, signal) =>
    unpack(container, mount, { ...context, signal }, moved),
  )
  const files = [...objects]
    .map(([path, object]): MountFile => ({ path, object }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  if (files.length === 0)
    throw failure(
      'output',
      `the model wrote nothing into its output mount ${mount.name} (${mount.path}); see its log`,
    )
  return {
    name: mount.name,
    manifest: await context.store.putJson(mount.manifestKey, { files }),
    files: files.length,
    bytes: files.reduce((sum, { object }) => sum + object.size, 0),
  }
}

/** Reads the archive of a mount, entry by entry, and puts what counts; gives the objects by path. */
const unpack = async (
  container: Docker.Container,
  mount: OutputMount,
  { store, config, logger, signal }: Context,
  moved: () => void,
): Promise<ReadonlyMap<string, ObjectRef>> => {
  const uploads = new Uploads(store)
  const paths = new Set<string>()
  /** Further names of a file: the engine archives the second hard link as a link to the first. */
  const links = new Map<string, string>()
  let bytes = 0
  try {
    for await (const entry of entriesOf(await open(container, mount, signal), moved)) {
      const { type, name, size, linkname } = entry.header
      const path = entryPath(name)
      if (path === undefined || type === 'directory') entry.resume()
      else if (type === 'file' || type === 'link') {
        if (paths.has(path))
          throw failure('output', `two files of ${mount.name} have one name; correct the model`)
        paths.add(path)
        bytes += size
        if (paths.size > config.outputFiles)
          throw tooMuch(mount, `${config.outputFiles} files`, 'outputFiles')
        if (bytes > config.outputBytes) throw tooMuch(mount, `${config.outputBytes} bytes`, 'outputBytes')
        if (type === 'file')
          await uploads.put(path, mount.fileKey(path), size, entry as AsyncIterable<Uint8Array>)
        else {
          links.set(path, entryPath(linkname) ?? '')
          entry.resume()
        }
      } else {
        logger.warn({ mount: mount.name, type }, 'left out of the output')
        entry.resume()
      }
    }
  } finally {
    await uploads.settled()
  }
  const objects = new Map(uploads.objects())
  for (const [path, target] of links) {
    const object = objects.get(target)
    if (object) objects.set(path, object)
    else logger.warn({ mount: mount.name, type: 'link' }, 'left out of the output')
  }
  return objects
}

type Entry = Extract extends AsyncIterable<infer E> ? E : never

async function* entriesOf(archive: Readable, moved: () => void): AsyncGenerator<Entry> {
  const entries = extract()
  archive.on('data', moved)
  archive.on('error', (error) => entries.destroy(error))
  archive.pipe(entries)
  try {
    yield* entries
  } finally {
    archive.destroy()
  }
}

const open = async (
  container: Docker.Container,
  { name, path }: OutputMount,
  signal: AbortSignal,
): Promise<Readable> => {
  try {
    const archive = await container.getArchive({ path: `${path}/.`, abortSignal: signal })
    return addAbortSignal(signal, archive as Readable)
  } catch (error) {
    if (isGone(error) || statusOf(error) !== 404) throw error
    throw failure('output', `the output mount ${name} (${path}) cannot be read; see the Docker Engine`, error)
  }
}

const tooMuch = (mount: OutputMount, bound: string, setting: string) =>
  failure(
    'output',
    `the output mount ${mount.name} holds more than ${bound}; raise ${setting} of the worker, or correct the model`,
  )
