import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { downloadPackages, type DownloadOptions } from './apt.ts'
import { buildImage, contentOf, followed } from './build.ts'
import { pythonPackages, rootFilesystem } from './rootfs.ts'

/** The image that the demonstration models stand on: Python 3.11, numpy, pydicom, PyYAML. */
export const baseImage = 'raddeploy/python:3.11'

// What the models import is compiled once here: their containers have a read-only root and would do it at each start.
const imports = 'numpy, pydicom, yaml, json, hashlib, urllib.request, argparse, pathlib'

const fromPackages = `FROM ${baseImage}-unpacked
ENV PATH=/usr/bin:/usr/sbin PYTHONUNBUFFERED=1
RUN python3 -c "import ${imports}"
ENV PYTHONDONTWRITEBYTECODE=1
`

const publicBase = 'python:3.11-slim'

const fromPublic = `FROM ${publicBase}
ENV PYTHONUNBUFFERED=1
RUN pip install --no-cache-dir numpy==1.24.4 pydicom==2.3.1 PyYAML==6.0.1
ENV PYTHONDONTWRITEBYTECODE=1
`

/**
 * Makes sure that `raddeploy/python:3.11` is on the engine and gives its name. It is made from Debian
 * packages without any image registry; on a machine without apt from a public base. An image of that
 * name that somebody else made is used as it is. RD_SETUP_MISSING where neither way works.
 */
export const ensureBaseImage = async (docker: Docker, options: DownloadOptions): Promise<string> => {
  const recipe = `${pythonPackages(process.arch).join(' ')}\n${fromPackages}\n${fromPublic}`
  const content = createHash('sha256').update(recipe).digest('hex')
  const present = await contentOf(docker, baseImage)
  if (present === null || present === content) return baseImage
  try {
    await buildFromPackages(docker, options, content)
  } catch (error) {
    if (isRadDeployError(error, 'RD_DOCKER_UNAVAILABLE')) throw error
    options.progress?.(`${messageOf(error)}; trying the public base ${publicBase}`)
    await buildFromPublic(docker, content, error)
  }
  return baseImage
}

const buildFromPackages = async (
  docker: Docker,
  options: DownloadOptions,
  content: string,
): Promise<void> => {
  const debs = await downloadPackages(pythonPackages(process.arch), options)
  options.progress?.(`assembling ${baseImage} from ${debs.length} packages`)
  const imported = await docker.importImage(rootFilesystem(debs), { repo: `${baseImage}-unpacked` })
  await followed(docker, imported)
  await buildImage(docker, dockerfileOnly(fromPackages), {
    tag: baseImage,
    dockerfile: 'Dockerfile',
    content,
    network: 'none',
  })
}

const buildFromPublic = async (docker: Docker, content: string, reason: unknown): Promise<void> => {
  try {
    await buildImage(docker, dockerfileOnly(fromPublic), {
      tag: baseImage,
      dockerfile: 'Dockerfile',
      content,
    })
  } catch (error) {
    throw new RadDeployError(
      'RD_SETUP_MISSING',
      `cannot make the image ${baseImage}: it needs apt of Debian 12, or an engine that can pull ${publicBase}; ` +
        `or tag a Python 3 image with numpy, pydicom and PyYAML with that name`,
      { fromPackages: messageOf(reason), fromPublic: messageOf(error) },
      error,
    )
  }
}

const dockerfileOnly = (text: string) => [{ path: 'Dockerfile', content: Buffer.from(text) }]
