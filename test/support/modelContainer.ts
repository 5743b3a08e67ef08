import { buffer } from 'node:stream/consumers'
import { PassThrough, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type Docker from 'dockerode'
import { extract, pack } from 'tar-stream'

/** The files of one mount by their path. */
export type Files = ReadonlyMap<string, Buffer>

export interface ModelRun {
  readonly image: string
  readonly command?: readonly string[]
  readonly inputs: Readonly<Record<string, Files>>
  readonly networkMode?: 'none' | 'host'
}

/**
 * Runs a model once as closed in as a worker runs it (read-only root, no capabilities, no network unless asked
 * for) and gives its exit code, its log and what it wrote to /output. Nothing of it remains.
 */
export const runModel = async (
  docker: Docker,
  { image, command, inputs, networkMode = 'none' }: ModelRun,
): Promise<{ exitCode: number; log: string; output: Files }> => {
  const mounts = [...Object.keys(inputs), '/output']
  const container = await docker.createContainer({
    Image: image,
    ...(command ? { Cmd: [...command] } : {}),
    Volumes: Object.fromEntries(mounts.map((path) => [path, {}])),
    HostConfig: {
      NetworkMode: networkMode,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Tmpfs: { '/tmp': 'size=64m,mode=1777' },
    },
  })
  try {
    for (const [path, files] of Object.entries(inputs))
      await container.putArchive(Readable.from(archive(files)), { path })
    await container.start()
    const { StatusCode: exitCode } = (await container.wait()) as { StatusCode: number }
    const output = await unpacked(await container.getArchive({ path: '/output/.' }))
    return { exitCode, log: await logOf(docker, container), output }
  } finally {
    await container.remove({ v: true, force: true })
  }
}

const archive = (files: Files) => {
  const tar = pack()
  for (const [name, content] of files) tar.entry({ name }, content)
  tar.finalize()
  return tar
}

const unpacked = async (tar: NodeJS.ReadableStream): Promise<Files> => {
  const files = new Map<string, Buffer>()
  const entries = extract()
  tar.pipe(entries as unknown as NodeJS.WritableStream)
  for await (const entry of entries)
    if (entry.header.type === 'file')
      files.set(entry.header.name.replace(/^\.\//, ''), await buffer(Readable.from(entry)))
    else entry.resume()
  return files
}

const logOf = async (docker: Docker, container: Docker.Container): Promise<string> => {
  const text = new PassThrough()
  const stream = await container.logs({ follow: true, stdout: true, stderr: true })
  docker.modem.demuxStream(stream, text, text)
  void finished(stream).then(() => text.end())
  return (await buffer(text)).toString()
}
