import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Docker, { type DockerOptions } from 'dockerode'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { type DockerEndpoint } from '../embedded/endpoints.ts'

/** The files of a client's certificates, as the docker command names them. */
const files = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const

/** What is read for TLS; the certificate of the engine is verified. */
const tlsOf = (folder: string): DockerOptions => {
  try {
    return Object.fromEntries(
      Object.entries(files).map(([name, file]) => [name, readFileSync(join(folder, file))]),
    )
  } catch (error) {
    const why = `for TLS to a Docker Engine ${folder} needs ${Object.values(files).join(', ')}`
    throw new RadDeployError('RD_CONFIG_INVALID', `${why} (${messageOf(error)})`, { folder }, error)
  }
}

/** How dockerode is told where an engine answers. RD_CONFIG_INVALID where the certificates are not in their folder. */
export const dockerOptions = (docker: DockerEndpoint, certificates?: string): DockerOptions => {
  const host = 'host' in docker ? docker.host : `unix://${docker.socketPath}`
  // What is not said here, dockerode takes from DOCKER_HOST and the other variables of the docker command.
  const nothing = { host: undefined, socketPath: undefined, ca: undefined, cert: undefined, key: undefined }
  if (host.startsWith('unix://'))
    return { ...(nothing as object), protocol: 'http', socketPath: host.slice('unix://'.length) }
  const { hostname, port } = new URL(host)
  const tls = certificates === undefined ? undefined : tlsOf(certificates)
  return {
    ...(nothing as object),
    protocol: tls ? 'https' : 'http',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port || (tls ? 2376 : 2375),
    ...tls,
  }
}

/**
 * A client of the engine; whatever hangs lets go of its socket after `timeout` milliseconds. Over TCP by TLS where
 * there is a folder of certificates.
 */
export const dockerClient = (
  docker: DockerEndpoint,
  { timeout, certificates }: { readonly timeout: number; readonly certificates?: string | undefined },
): Docker => new Docker({ ...dockerOptions(docker, certificates), timeout })
