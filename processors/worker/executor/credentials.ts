import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Logger } from 'pino'
import { z } from 'zod'
import { hubHosts } from './imageName.ts'

/** What a registry is told of us. Never logged, and kept nowhere: it is read anew for each pull. */
export interface Credentials {
  readonly username: string
  readonly password: string
  readonly serveraddress: string
}

/** What `docker login` writes (config.json), as far as we read it. */
export const dockerConfigSchema = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).default({}),
})
export type DockerConfig = z.infer<typeof dockerConfigSchema>

/**
 * The credentials for a registry. `helper` names the program that keeps them where the file itself does not: such
 * programs are not asked.
 */
export const credentialsFor = (
  registry: string,
  { auths, credsStore, credHelpers }: DockerConfig,
): { readonly credentials?: Credentials; readonly helper?: string } => {
  const isMeant = (address: string): boolean => {
    const host = hostOf(address)
    return host === registry || (hubHosts.has(host) && hubHosts.has(registry))
  }
  for (const [serveraddress, { auth }] of Object.entries(auths)) {
    if (!auth || !isMeant(serveraddress)) continue
    const text = Buffer.from(auth, 'base64').toString()
    const colon = text.indexOf(':')
    // an empty password stands beside a token that only its registry's own tools can renew
    if (colon <= 0 || colon === text.length - 1) continue
    const [username, password] = [text.slice(0, colon), text.slice(colon + 1)]
    return { credentials: { username, password, serveraddress } }
  }
  const helper = Object.entries(credHelpers).find(([address]) => isMeant(address))?.[1] ?? credsStore
  return helper ? { helper } : {}
}

/** `https://index.docker.io/v1/` → `index.docker.io`. */
const hostOf = (address: string): string => address.replace(/^https?:\/\//, '').split('/')[0]!

/**
 * Reads what `docker login` has left for this registry in its folder on this host. What cannot be read, or lies with a
 * credential helper, is a warning: the image may be there for anybody.
 */
export const readCredentials = async (
  registry: string,
  folder: string,
  logger: Logger,
): Promise<Credentials | undefined> => {
  const file = join(folder, 'config.json')
  let config: DockerConfig
  try {
    config = dockerConfigSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    const { code } = error as { code?: unknown }
    // neither its text nor what is wrong with it is said: it holds secrets
    if (code !== 'ENOENT') warnOnce(logger, `${file} cannot be read; pulling without credentials`)
    return undefined
  }
  const { credentials, helper } = credentialsFor(registry, config)
  if (helper)
    warnOnce(
      logger,
      `the credentials for ${registry} lie with a credential helper (${helper}), which is not supported; pulling without`,
    )
  return credentials
}

const said = new Set<string>()
const warnOnce = (logger: Logger, message: string): void => {
  if (said.has(message)) return
  said.add(message)
  logger.warn(message)
}
