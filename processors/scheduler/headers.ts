import { headerOf } from '../../core/dicom/head.ts'
import { isRadDeployError } from '../../core/error/error.ts'
import { type Candidate } from '../../core/flow/trigger.ts'
import { type MountFile, mountManifestSchema } from '../../core/manifest/manifest.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { bytesOf } from '../../infra/stream/bytes.ts'
import { type MountRef } from '../../schemas/generated/shared.ts'

const headersAtOnce = 16

/** Some files of a mount: those that are DICOM with what their headers say, and how many are none. */
export interface Some {
  readonly files: readonly Candidate[]
  readonly notDicom: number
}

/**
 * The files of a mount in their order, a few at a time, so that whoever has seen enough can stop; each with those
 * attributes of its header that are asked for.
 */
export async function* headersOf(
  store: ObjectStore,
  { manifest }: MountRef,
  keys: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<Some> {
  const { files } = mountManifestSchema.parse(JSON.parse((await store.read(manifest)).toString('utf8')))
  for (let at = 0; at < files.length; at += headersAtOnce) {
    signal.throwIfAborted()
    const read = await Promise.all(
      files.slice(at, at + headersAtOnce).map((file) => candidate(store, file, keys)),
    )
    const dicom = read.filter((one) => one !== undefined)
    yield { files: dicom, notDicom: read.length - dicom.length }
  }
}

/** A file as a trigger sees it; undefined where it is no DICOM. */
const candidate = async (
  store: ObjectStore,
  { path, object }: MountFile,
  keys: ReadonlySet<string>,
): Promise<Candidate | undefined> => {
  try {
    const read = async (start: number, end: number): Promise<Buffer> =>
      bytesOf(await store.get(object.key, { start, end: end - 1 }))
    return { id: path, attributes: (await headerOf(object.size, read, keys)).attributes }
  } catch (error) {
    if (isRadDeployError(error, 'RD_DICOM_UNREADABLE')) return undefined
    throw error
  }
}
