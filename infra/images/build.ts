import { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { pack } from 'tar-stream'
import type Docker from 'dockerode'
import { RadDeployError, messageOf } from '../../core/error/error.ts'

/** The label that says from what an image of ours was made. */
export const contentLabel = 'raddeploy.content'

/** One file of a build context; `path` is relative, with forward slashes. */
export interface ContextFile {
  readonly path: string
  readonly content: Buffer
}

export interface BuildOptions {
  readonly tag: string
  readonly dockerfile: string
  readonly content: string
  readonly buildArgs?: Readonly<Record<string, string>>
  /** `none` where the engine needs no network for the build (and may have none). */
  readonly network?: 'none'
  readonly pull?: boolean
}

/** The content label of a local image; null = the image is there without one; undefined = no such image. */
export const contentOf = async (docker: Docker, tag: string): Promise<string | null | undefined> => {
  try {
    const image = await docker.getImage(tag).inspect()
    return image.Config.Labels?.[contentLabel] ?? null
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined
    throw new RadDeployError('RD_DOCKER_UNAVAILABLE', 'the Docker Engine does not answer', { tag }, error)
  }
}

/**
 * Builds an image with the engine's classic builder (BuildKit asks a registry even for local bases) and
 * tags it. RD_SETUP_FAILED with the last lines of the build log where a step fails.
 */
export const buildImage = async (
  docker: Docker,
  files: readonly ContextFile[],
  { tag, dockerfile, content, buildArgs, network, pull }: BuildOptions,
): Promise<void> => {
  const context = pack()
  for (const { path, content: bytes } of files)
    context.entry({ name: path, mode: 0o644, mtime: new Date(0) }, bytes)
  context.finalize()
  const labels = { [contentLabel]: content }
  try {
    const answer = await docker.buildImage(Readable.from(context), {
      t: tag,
      dockerfile,
      labels,
      rm: true,
      forcerm: true,
      ...(buildArgs ? { buildargs: { ...buildArgs } } : {}),
      ...(network ? { networkmode: network } : {}),
      ...(pull ? { pull } : {}),
    })
    await followed(docker, answer)
  } catch (error) {
    throw new RadDeployError(
      'RD_SETUP_FAILED',
      `cannot build the image ${tag}: ${messageOf(error)}`,
      { tag },
      error,
    )
  }
}

/** Reads the engine's answer to its end; rejects with what the engine or the failing step said. */
export const followed = (docker: Docker, answer: NodeJS.ReadableStream): Promise<void> =>
  new Promise((resolve, reject) => {
    const tail: string[] = []
    docker.modem.followProgress(
      answer as Readable,
      (error) => (error ? reject(new Error([messageOf(error), ...tail].join('\n'))) : resolve()),
      (line: { stream?: string; error?: string }) => {
        if (line.error) reject(new Error([line.error, ...tail].join('\n')))
        if (line.stream?.trim()) tail.push(stripVTControlCharacters(line.stream).trim())
        if (tail.length > 8) tail.shift()
      },
    )
  })
