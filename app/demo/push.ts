import pRetry from 'p-retry'
import { RadDeployError } from '../../core/error/error.ts'
import { sendInstances } from '../../infra/dimse/sender/send.ts'
import { instanceOf } from '../cli/send.ts'

/**
 * Pushes files by C-STORE as a scanner does: all of them in one association, and all again where that broke,
 * since a bundle is what one association brought.
 */
export const push = async (
  files: readonly string[],
  peer: {
    readonly host: string
    readonly port: number
    readonly calledAeTitle: string
    readonly callingAeTitle: string
  },
  /** Hears how many the SCP has by now. */
  onStored: (stored: number) => void,
): Promise<ReadonlySet<string>> => {
  const instances = await Promise.all(files.map(instanceOf))
  await pRetry(
    async () => {
      let stored = 0
      const onResult = (): void => onStored((stored += 1))
      const results = await sendInstances({ ...peer, instances, onResult })
      const bad = results.filter(({ outcome }) => outcome !== 'success')
      if (bad.length > 0)
        throw new RadDeployError(
          'RD_DICOM_REFUSED_INSTANCE',
          `${bad.length} of ${results.length} instances were not stored: ${bad[0]!.comment}`,
          {},
        )
    },
    { retries: 5, minTimeout: 1000, maxTimeout: 5000 },
  )
  return new Set(instances.map(({ sopInstanceUid }) => sopInstanceUid))
}
