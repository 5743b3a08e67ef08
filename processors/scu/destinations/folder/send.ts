import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type InstanceResult, answered, notAttempted, unsendable } from '../../../../core/delivery/result.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../../../core/error/error.ts'
import { Place, Taken } from '../../../../infra/folder/writer.ts'
import { type OutgoingFile } from '../../outgoing.ts'
import { type Send } from '../destination.ts'

/**
 * Writes files below a folder that the SCU's configuration allows, in a sub-folder of the run. Each appears
 * under its name only when it is whole and on the disk. A file that is there already counts, where it is the same.
 */
export const writeToFolder: Send<OutgoingFile> = async (destination, shipment) => {
  const { runId, settings, items, signal, onTrouble } = shipment
  const folder = fileURLToPath(destination.url!)
  const place = await Place.open(folder, settings.folders, runId)
  const results: InstanceResult[] = []
  for (const file of items) {
    signal.throwIfAborted()
    try {
      await place.write(file.name, randomUUID(), { ...file, open: () => file.open() })
      results.push(answered(file, 'success', null, null))
    } catch (error) {
      if (error instanceof Taken) {
        results.push(unsendable(file, error.message))
        continue
      }
      const trouble = isRadDeployError(error) ? error : unavailable(folder, error)
      onTrouble(trouble)
      results.push(notAttempted(file, messageOf(trouble)))
    }
  }
  return results
}

/** Without the path, in which a model may have named the patient. */
const unavailable = (folder: string, error: unknown): RadDeployError => {
  const why = (error as NodeJS.ErrnoException).code ?? 'it failed'
  return new RadDeployError('RD_DESTINATION_UNAVAILABLE', `${folder} cannot be written: ${why}`, { folder })
}
