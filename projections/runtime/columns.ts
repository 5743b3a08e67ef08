import { type MountRef, type Peer } from '../../schemas/generated/shared.ts'
import { type Columns } from './projection.ts'

/** Who called. */
export const peerColumns = (calling: Peer, calledAeTitle: string): Columns => ({
  calling_ae: calling.aeTitle,
  calling_host: calling.host,
  called_ae: calledAeTitle,
})

/** The files of one mount, under column names that begin with `prefix`. */
export const mountColumns = (prefix: 'input_' | 'output_' | '', mount: MountRef): Columns => ({
  [`${prefix}files`]: mount.files,
  [`${prefix}bytes`]: mount.bytes,
  [`${prefix}manifest_key`]: mount.manifest.key,
  [`${prefix}manifest_sha256`]: mount.manifest.sha256,
})
