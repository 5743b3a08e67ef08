import { type BundledInstance, bundleManifestSchema } from '../../core/manifest/manifest.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type ObjectRef } from '../../schemas/generated/shared.ts'

/**
 * The instances of several manifests, each SOP instance once, in the order in which they first came. Of two that
 * came the later one is taken: who sends an instance again means the new one.
 */
export const merged = async (
  store: ObjectStore,
  manifests: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<readonly BundledInstance[]> => {
  const instances = new Map<string, BundledInstance>()
  for (const manifest of manifests) {
    signal.throwIfAborted()
    const read = bundleManifestSchema.parse(JSON.parse((await store.read(manifest)).toString('utf8')))
    for (const instance of read.instances) instances.set(instance.sopInstanceUid, instance)
  }
  return [...instances.values()]
}
