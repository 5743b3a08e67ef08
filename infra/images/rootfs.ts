import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pack, type Header, type Pack } from 'tar-stream'
import { packageEntries } from './apt.ts'

/** What Python with numpy, pydicom and PyYAML consists of on Debian 12, without perl, dpkg and the like. */
export const pythonPackages = (arch: NodeJS.Architecture): readonly string[] => [
  'python3.11-minimal',
  'libpython3.11-minimal',
  'libpython3.11-stdlib',
  'python3-numpy',
  'python3-pydicom',
  'python3-yaml',
  'libyaml-0-2',
  'libblas3',
  'liblapack3',
  'libgfortran5',
  ...(arch === 'x64' ? ['libquadmath0'] : []),
  'libc6',
  'libcrypt1',
  'libgcc-s1',
  'libstdc++6',
  'zlib1g',
  'libexpat1',
  'libssl3',
  'libffi8',
  'liblzma5',
  'libbz2-1.0',
  'libuuid1',
  'libsqlite3-0',
  'media-types',
  'busybox-static',
]

const applets =
  'sh ash ls cat cp mv rm mkdir rmdir ln chmod chown touch env id whoami echo printf test true false sleep ' +
  'head tail grep sed awk sort uniq wc cut tr find xargs tar gzip gunzip date df du ps kill uname hostname pwd tee'

const unwanted = [
  /^usr\/share\/(doc|man|locale|lintian|bug|info)\//,
  /\/(tests|test_files|charset_files|test|idlelib|lib2to3|ensurepip|__pycache__)\//,
  /\.a$/,
]

/** Where a file of a package goes in a tree whose /bin, /lib … are links into /usr; undefined = leave out. */
export const place = (name: string): string | undefined => {
  const merged = name.replace(/^(bin|sbin|lib|lib32|lib64|libx32)(?=\/|$)/, 'usr/$1')
  return merged === '' || merged === '.' || unwanted.some((pattern) => pattern.test(merged))
    ? undefined
    : merged
}

/**
 * Links that the packages' own scripts would have made (they never run here): the chosen BLAS beside the
 * other libraries, and `python3`.
 */
export const linkFor = (name: string): { name: string; linkname: string } | undefined => {
  const library = /^usr\/lib\/([^/]+)\/(blas|lapack)\/(lib(?:blas|lapack)\.so\.3)$/.exec(name)
  if (library) return { name: `usr/lib/${library[1]}/${library[3]}`, linkname: `${library[2]}/${library[3]}` }
  return name === 'usr/bin/python3.11' ? { name: 'usr/bin/python3', linkname: 'python3.11' } : undefined
}

type Entry = Partial<Header> & Pick<Header, 'name'>

const directory = (name: string, mode = 0o755): Entry => ({ name: `${name}/`, type: 'directory', mode })
const link = (name: string, linkname: string): Entry => ({ name, type: 'symlink', linkname })

/** The root file system of the base image as a tar stream, from package files; nothing touches the disk. */
export const rootFilesystem = (debs: readonly string[]): Readable => {
  const tar = pack()
  fill(tar, debs).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error as Error),
  )
  return Readable.from(tar)
}

const fill = async (tar: Pack, debs: readonly string[]): Promise<void> => {
  const written = new Set<string>()
  const add = (header: Entry, text = ''): void => {
    written.add(header.name.replace(/\/$/, ''))
    tar.entry({ uid: 0, gid: 0, mtime: new Date(0), ...header }, text)
  }
  for (const name of ['usr', 'usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'etc', 'root', 'var']) {
    add(directory(name))
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) add(link(name, `usr/${name}`))
  add(directory('tmp', 0o1777))
  add({ name: 'etc/passwd' }, 'root:x:0:0:root:/root:/bin/sh\nmodel:x:10001:10001:model:/tmp:/bin/sh\n')
  add({ name: 'etc/group' }, 'root:x:0:\nmodel:x:10001:\n')
  add({ name: 'etc/nsswitch.conf' }, 'hosts: files dns\n')

  for (const deb of debs) {
    for await (const { header, content } of packageEntries(deb)) {
      const name = place(header.name)
      if (name === undefined || written.has(name)) continue
      written.add(name)
      if (header.type === 'file')
        await pipeline(content, tar.entry({ ...header, name }) as unknown as Writable)
      else tar.entry({ ...header, name: header.type === 'directory' ? `${name}/` : name, size: 0 })
      const extra = linkFor(name)
      if (extra) add(link(extra.name, extra.linkname))
    }
  }
  for (const applet of applets.split(' '))
    if (!written.has(`usr/bin/${applet}`)) add(link(`usr/bin/${applet}`, 'busybox'))
}
