import { readFile } from 'node:fs/promises'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { type TlsGate, tlsGate } from '../../infra/dimse/tlsGate.ts'
import { type ScpConfig } from './config.ts'

/** The TLS gate of an SCP, where its configuration names a key; RD_CONFIG_INVALID where that cannot be read. */
export const openGate = async (
  files: ScpConfig['tls'],
  options: Parameters<typeof tlsGate>[1],
): Promise<TlsGate | undefined> => {
  if (!files) return undefined
  const [key, cert, ca] = await Promise.all([
    pem(files.key),
    pem(files.cert),
    files.ca === undefined ? undefined : pem(files.ca),
  ])
  return tlsGate({ key, cert, ca }, options)
}

const pem = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new RadDeployError('RD_CONFIG_INVALID', `scp.tls: ${messageOf(error)}`, { file }, error)
  })
