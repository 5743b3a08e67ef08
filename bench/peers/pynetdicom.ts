import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../infra/embedded/ports.ts'
import { python } from '../../test/support/pynetdicom.ts'
import { type Scp, listening } from './scp.ts'

const program = fileURLToPath(new URL('pynetdicomScp.py', import.meta.url))

/** A pynetdicom SCP that does what RadDeploy's does: see pynetdicomScp.py. */
export const pynetdicom: Scp = {
  name: 'pynetdicom as in RadDeploy',
  start: async (folder) => {
    await mkdir(folder, { recursive: true })
    const port = await freePort()
    return listening(port, [await python(), program, folder, String(port)])
  },
}
