import { mkdir } from 'node:fs/promises'
import { freePort } from '../../infra/embedded/ports.ts'
import { type Scp, listening } from './scp.ts'

/** dcmtk's storescp: writes the bytes to a file as they come, a process for each association. No fsync, no index. */
export const storescp: Scp = {
  name: 'dcmtk storescp',
  start: async (folder) => {
    await mkdir(folder, { recursive: true })
    const port = await freePort()
    const args = ['--fork', '+B', '--max-pdu', '131072', '-od', folder, String(port)]
    return listening(port, ['storescp', ...args], { TCP_NODELAY: '1' })
  },
}
