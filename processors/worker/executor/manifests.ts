import { type Model } from '../../../core/flow/schema.ts'
import { type MountFile, mountManifestSchema } from '../../../core/manifest/manifest.ts'
import { type ObjectStore } from '../../../infra/s3/store.ts'
import { type MountRef, type ObjectRef } from '../../../schemas/generated/shared.ts'
import { failure, storeBroke } from './failure.ts'

/** The files of each mount that a model reads, by the mount's name. */
export type InputFiles = ReadonlyMap<string, readonly MountFile[]>

/** Reads the manifests of what a model was assigned. */
export const readManifests = async (
  spec: Pick<Model, 'input_mounts'>,
  mounts: readonly MountRef[],
  store: ObjectStore,
): Promise<InputFiles> => {
  const files = new Map<string, readonly MountFile[]>()
  for (const name of Object.keys(spec.input_mounts)) {
    const mount = mounts.find((one) => one.name === name)
    if (!mount) throw failure('unknown', `the input mount ${name} was not assigned; please report it`)
    files.set(name, await filesOf(mount, store))
  }
  return files
}

/** The files that a mount's manifest lists. */
export const filesOf = async ({ manifest }: MountRef, store: ObjectStore): Promise<readonly MountFile[]> =>
  mountManifestSchema.parse(JSON.parse((await read(manifest, store)).toString())).files

/** All bytes of an object, compared with its hash; where the store breaks off, its error names the object. */
export const read = (object: ObjectRef, store: ObjectStore): Promise<Buffer> =>
  store.read(object).catch((error: unknown) => {
    throw storeBroke(object.key, error)
  })
