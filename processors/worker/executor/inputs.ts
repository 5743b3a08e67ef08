import { type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pack, type Header, type Pack } from 'tar-stream'
import { stringify } from 'yaml'
import { RadDeployError } from '../../../core/error/error.ts'
import { type MountFile } from '../../../core/manifest/manifest.ts'
import { hashing } from '../../../infra/s3/hash.ts'
import { type ObjectStore } from '../../../infra/s3/store.ts'
import { ahead } from './ahead.ts'
import { storeBroke } from './failure.ts'
import { type InputFiles, read } from './manifests.ts'
import { type Layout } from './mounts.ts'
import { entryPath, foldersAbove } from './path.ts'
import { type Model } from '../../../core/flow/schema.ts'

/** What goes into the volumes of an attempt. */
export interface Inputs {
  readonly layout: Layout
  readonly spec: Model
  readonly files: InputFiles
  readonly store: ObjectStore
  /** The time that all files carry: that of the assignment, so that the same input is the same archive. */
  readonly mtime: Date
}

type FileHeader = Partial<Header> & Pick<Header, 'name'>

/** Read into memory, several at once; larger objects flow one after the other. */
const smallObject = 4 * 1024 * 1024
const readAhead = 8

/**
 * Writes the volumes' content to an archive, `<index of the volume>/<path>`, and ends it. Every object is
 * compared with the size and hash that its manifest states. Folders can be written by any user, for the
 * user of an image is not ours to choose and nobody else sees these volumes.
 */
export const writeInputs = async (tar: Pack, inputs: Inputs): Promise<void> => {
  const { layout, spec, store, mtime } = inputs
  const written = new Set<string>()
  const folder = (path: string): void => {
    if (written.has(path)) return
    written.add(path)
    tar.entry({ name: `${path}/`, type: 'directory', mode: 0o777, mtime })
  }
  for (const [index, volume] of layout.volumes.entries()) {
    folder(String(index))
    for (const name of volume.inputs) {
      const files = inputs.files.get(name) ?? []
      const load = ({ object }: MountFile): Promise<Buffer | undefined> =>
        object.size <= smallObject ? read(object, store) : Promise.resolve(undefined)
      for await (const [file, bytes] of ahead(files, readAhead, load)) {
        const path = `${index}/${entryPath(file.path) ?? ''}`
        foldersAbove(path).forEach(folder)
        const header = { name: path, type: 'file', mode: 0o644, size: file.object.size, mtime } as const
        await (bytes ? writeBytes(tar, header, bytes) : copy(tar, header, file, store))
      }
    }
  }
  if (layout.config?.volume) {
    const { index, path } = layout.config.volume
    const name = [index, ...(path === '' ? [] : [path]), configFile].join('/')
    foldersAbove(name).forEach(folder)
    await writeBytes(tar, { name, mode: 0o644, mtime }, configText(spec))
  }
  tar.finalize()
}

/** The archive of a config folder of its own. */
export const configArchive = (spec: Model, mtime: Date): Pack => {
  const tar = pack()
  tar.entry({ name: configFile, mode: 0o644, mtime }, configText(spec))
  tar.finalize()
  return tar
}

const configFile = 'config.yaml'

const configText = (spec: Model): Buffer => Buffer.from(stringify(spec.config))

const writeBytes = (tar: Pack, header: FileHeader, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    tar.entry({ ...header }, bytes, (error) => (error ? reject(error) : resolve()))
  })

const copy = async (
  tar: Pack,
  header: FileHeader,
  { object }: MountFile,
  store: ObjectStore,
): Promise<void> => {
  const source: Readable = await store.get(object.key)
  let broken: unknown
  source.once('error', (error) => (broken = error))
  const hash = hashing()
  const wrong = () =>
    new RadDeployError('RD_S3_CORRUPT', `object ${object.key} does not have the hash that its event states`, {
      key: object.key,
    })
  try {
    await pipeline(source, hash.stream, tar.entry({ ...header }))
  } catch (error) {
    if (source.readableEnded && hash.size() !== object.size) throw wrong()
    throw broken === error ? storeBroke(object.key, error) : error
  }
  if (hash.digest() !== object.sha256) throw wrong()
}
