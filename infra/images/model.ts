import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import type Docker from 'dockerode'
import { baseImage } from './base.ts'
import { buildImage, contentOf, type ContextFile } from './build.ts'

export interface ModelImageOptions {
  /** The image the model stands on; it must be on the engine. */
  readonly base?: string
  readonly version?: string
  readonly progress?: (message: string) => void
}

/** A build context is told apart by its paths and bytes and by what it stands on. */
export const contextHash = (files: readonly ContextFile[], base: string): string => {
  const hash = createHash('sha256').update(base)
  for (const { path, content } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1)))
    hash.update(`\0${path}\0${content.byteLength}\0`).update(content)
  return hash.digest('hex')
}

/**
 * Builds the image of a model folder (`flows/models/<name>`) as `raddeploy/<name>:<version>` and gives that
 * tag; does nothing where an image of the same content is there. The context is the folder above, with the
 * model's folder and `shared`: the same as `docker build -f <name>/Dockerfile .` there. Needs no network.
 */
export const ensureModelImage = async (
  docker: Docker,
  folder: string,
  { base = baseImage, version = '1.0', progress }: ModelImageOptions = {},
): Promise<string> => {
  const name = basename(folder)
  const tag = `raddeploy/${name}:${version}`
  const context = dirname(folder)
  const files = [
    ...(await filesUnder(folder, context)),
    ...(await filesUnder(join(context, 'shared'), context)),
  ]
  const { Id: baseId } = await docker.getImage(base).inspect()
  const content = contextHash(files, baseId)
  if ((await contentOf(docker, tag)) === content) return tag
  progress?.(`building ${tag}`)
  await buildImage(docker, files, {
    tag,
    dockerfile: `${name}/Dockerfile`,
    content,
    buildArgs: { BASE: base },
    network: 'none',
  })
  return tag
}

const filesUnder = async (folder: string, root: string): Promise<ContextFile[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
      .map(async (entry) => {
        const file = join(entry.parentPath, entry.name)
        return { path: relative(root, file).split(sep).join('/'), content: await readFile(file) }
      }),
  )
}
