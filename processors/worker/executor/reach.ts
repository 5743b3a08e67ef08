import { type Model } from '../../../core/flow/schema.ts'
import { type WorkerConfig } from '../config.ts'
import { failure } from './failure.ts'

type Kwargs = Model['docker_kwargs']

/** The network of a container: none unless the flow asks for one, and then one that the worker allows. */
export const networkOf = (
  { network_disabled, network_mode = 'none' }: Kwargs,
  { networks }: WorkerConfig,
): string => {
  if (network_disabled || network_mode === 'none') return 'none'
  if (networks.includes(network_mode)) return network_mode
  throw failure(
    'image',
    `network_mode "${network_mode}" is not allowed on this worker; add it to networks of the worker`,
  )
}

/** The memory that a container shares: its own alone unless the flow asks for the host's and the worker allows it. */
export const ipcOf = ({ ipc_mode = 'private' }: Kwargs, { hostIpc }: WorkerConfig): string => {
  if (ipc_mode !== 'host' || hostIpc) return ipc_mode
  throw failure('image', 'ipc_mode "host" is not allowed on this worker; set hostIpc of the worker')
}
