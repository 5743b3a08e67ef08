import { createHash } from 'node:crypto'
import { type SecretOf } from '../core/delivery/secret.ts'
import { type DropConfig } from '../producers/drop/config.ts'
import { type StowConfig } from '../producers/stow/config.ts'
import { type Config } from './config.ts'

/** How STOW-RS is served: tokens by their hashes. Undefined where it is not; RD_CONFIG_INVALID where a secret is not there. */
export const stowSettings = (
  { stow, scp, instance }: Pick<Config, 'stow' | 'scp' | 'instance'>,
  secretOf: SecretOf,
): StowConfig | undefined => {
  if (stow?.port === undefined) return undefined
  const { port, clients, calledAeTitle = scp.aeTitle, ...rest } = stow
  return {
    ...rest,
    name: instance,
    port,
    calledAeTitle,
    clients: clients.map(({ token, tokenSha256 = '', ...client }) => ({
      ...client,
      tokenSha256: token ? createHash('sha256').update(secretOf(token.secret)).digest('hex') : tokenSha256,
    })),
  }
}

/** How the drop folder is watched; undefined where none is. */
export const dropSettings = ({
  drop,
  scp,
  instance,
}: Pick<Config, 'drop' | 'scp' | 'instance'>): DropConfig | undefined =>
  drop && { ...drop, name: dropName(instance), calledAeTitle: drop.calledAeTitle ?? scp.aeTitle }

/** The name of an instance's drop folder in events. */
export const dropName = (instance: string): string => `${instance}:drop`
