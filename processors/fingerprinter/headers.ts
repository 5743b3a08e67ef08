import { type Attributes, readHeader } from '../../core/dicom/attributes.ts'
import { type BundledInstance, bundleManifestSchema } from '../../core/manifest/manifest.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { bytesOf } from '../../infra/stream/bytes.ts'
import { type ObjectRef } from '../../schemas/generated/shared.ts'

/** An instance with what its header says. */
export interface Read {
  readonly instance: BundledInstance
  readonly attributes: Attributes
}

const headersAtOnce = 16

/** The instances of a manifest in their order, each with those attributes of its header that are asked for. */
export const readHeaders = async (
  store: ObjectStore,
  manifest: ObjectRef,
  keys: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<readonly Read[]> => {
  const { instances } = bundleManifestSchema.parse(JSON.parse((await store.read(manifest)).toString('utf8')))
  const files: Read[] = new Array<Read>(instances.length)
  const waiting = instances.entries()
  const reader = async (): Promise<void> => {
    for (const [index, instance] of waiting) {
      signal.throwIfAborted()
      const head = await bytesOf(
        await store.get(instance.object.key, { start: 0, end: instance.headerLength - 1 }),
      )
      files[index] = { instance, attributes: readHeader(head, keys).attributes }
    }
  }
  await Promise.all(Array.from({ length: headersAtOnce }, reader))
  return files
}
