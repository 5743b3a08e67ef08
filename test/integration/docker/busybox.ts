import { resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { downloadPackages, packageEntries } from '../../../infra/images/apt.ts'

const applets =
  'sh cat cp dd echo env false head id ln ls mkdir mkfifo mv rm seq sleep sort stat tail touch true'

let binary: Promise<Buffer> | undefined

/** The program of Debian's busybox-static, out of its package: nothing is installed. */
const busybox = async (): Promise<Buffer> => {
  const [deb] = await downloadPackages(['busybox-static'], { cacheDir: resolve('.raddeploy/cache') })
  for await (const { header, content } of packageEntries(deb!))
    if (/^(usr\/)?bin\/busybox$/.test(header.name)) return await buffer(content)
  throw new Error('busybox-static holds no busybox')
}

/**
 * An image with a shell, made without a registry; `changes` are lines of a Dockerfile, e.g. `USER 10001`.
 * `files` are added: path to content.
 */
export const busyboxImage = async (
  docker: Docker,
  name: string,
  changes: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const tar = pack()
  tar.entry({ name: 'bin/', type: 'directory', mode: 0o755 })
  tar.entry({ name: 'tmp/', type: 'directory', mode: 0o1777 })
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, await (binary ??= busybox()))
  for (const applet of applets.split(' '))
    tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox' })
  for (const [path, content] of Object.entries(files)) tar.entry({ name: path, mode: 0o644 }, content)
  tar.finalize()
  const [repo, tag] = name.split(':')
  const progress = await docker.importImage(tar as unknown as NodeJS.ReadableStream, {
    repo,
    tag,
    changes: ['ENV PATH=/bin', ...changes],
  })
  for await (const _ of progress as AsyncIterable<Buffer>);
}
