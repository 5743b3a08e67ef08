import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { python } from './pynetdicom.ts'

/** Reports by pynetdicom that an archive has committed itself to one instance; the status of the answer, in hex. */
export const reportCommitment = async (port: number, transaction: string): Promise<string> => {
  const script = fileURLToPath(new URL('./reportCommitment.py', import.meta.url))
  return (await execa(await python(), [script, String(port), transaction, '1.2.3'])).stdout
}
