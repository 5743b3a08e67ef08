/** The parts of an image's name: `docker.io/library/busybox:1` and `busybox:1` have the same. */
export interface ImageName {
  /** Host of the registry, with its port where it has one; docker.io where the name does not say. */
  readonly registry: string
  /** Name without tag and digest, as the engine writes it in its repository digests. */
  readonly repository: string
}

/** Reads the name of an image as the engine does: the first part is a registry if it looks like a host. */
export const imageNameOf = (image: string): ImageName => {
  const [named = ''] = image.split('@')
  const tag = named.lastIndexOf(':')
  const path = tag > named.lastIndexOf('/') ? named.slice(0, tag) : named
  const [first = '', ...rest] = path.split('/')
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  if (hasHost && !hubHosts.has(first)) return { registry: first, repository: path }
  const below = hasHost ? rest : [first, ...rest]
  const repository = below.length > 1 && below[0] === 'library' ? below.slice(1) : below
  return { registry: 'docker.io', repository: repository.join('/') }
}

/** Hosts by which the Docker Hub is known. */
export const hubHosts: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io'])

/**
 * Of an image's repository digests that of the repository it was asked for by; the same image may be known under
 * several. Undefined where it has none.
 */
export const digestOf = (image: string, repoDigests: readonly string[]): string | undefined => {
  const { repository } = imageNameOf(image)
  const own = repoDigests.filter((digest) => digest.startsWith(`${repository}@`))
  const [, wanted] = image.split('@')
  return own.find((digest) => digest.endsWith(`@${wanted}`)) ?? own[0] ?? repoDigests[0]
}
