import { launchOrthanc } from '../../test/support/orthanc.ts'
import { type Scp } from './scp.ts'

/**
 * Orthanc as Debian has it, with its defaults: SQLite index, a file for each instance, written through to the disk.
 * Only its longest PDU is ours, 128 KiB instead of 16, which makes it faster.
 */
export const orthanc: Scp = {
  name: 'Orthanc',
  start: (folder) => launchOrthanc(folder, 'RADDEPLOY', { MaximumPduLength: 131072 }),
}
