import { access, chmod, mkdir, readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import { RadDeployError } from '../../core/error/error.ts'
import { type Server, startServer } from './server.ts'
import { type Setup, aptInstall, execute, isDone, once, which } from './setup.ts'

const module = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'
const toolchain = 'golang.org/toolchain@v0.0.1-go1.26.4.linux-amd64'

const stamp = 'versitygw-1.8.0'
const binary = (setup: Setup): string => join(setup.cacheDir, 'bin', 'versitygw')

/** Go where it is missing, so that the S3 server can be built. */
export const installGo = async (setup: Setup): Promise<void> => {
  if (isDone(setup, stamp) || (await which('go'))) return
  await aptInstall(setup, ['golang-go'], 'Go')
}

/** Builds the S3 server, once. */
export const installS3 = (setup: Setup): Promise<void> =>
  once(setup, stamp, async () => {
    const go = await findGo(setup)
    setup.progress('S3 server', 'building versitygw (about two minutes)')
    await mkdir(join(setup.cacheDir, 'bin'), { recursive: true })
    const env = {
      CGO_ENABLED: '0',
      GOBIN: join(setup.cacheDir, 'bin'),
      GOFLAGS: '-buildvcs=false',
      GOTOOLCHAIN: 'local',
    }
    await execute('building the S3 server', go, ['install', '-ldflags', '-s -w', module], { env })
  })

/** Go 1.24 or newer: the machine's, or the toolchain that Go's own module proxy serves to an older Go. */
const findGo = async (setup: Setup): Promise<string> => {
  const system = await which('go')
  if (system && (await isNewEnough(system))) return system
  const missing = new RadDeployError(
    'RD_SETUP_MISSING',
    'the S3 server needs Go 1.24 or newer: install it from go.dev/dl',
    {},
  )
  if (!system || process.arch !== 'x64') throw missing
  setup.progress('Go', 'bringing a newer toolchain')
  const { stdout, failed } = await execa(system, ['mod', 'download', '-json', toolchain], {
    reject: false,
    env: { GOFLAGS: '-mod=mod' },
    cwd: '/',
  })
  if (failed) throw missing
  const { Dir } = JSON.parse(stdout) as { Dir: string }
  // A module's files come without their executable bits.
  for (const folder of ['bin', 'pkg/tool/linux_amd64'])
    for (const file of await readdir(join(Dir, folder)).catch(() => []))
      await chmod(join(Dir, folder, file), 0o755)
  const go = join(Dir, 'bin', 'go')
  await access(go)
  return go
}

const isNewEnough = async (go: string): Promise<boolean> => {
  const { stdout } = await execa(go, ['version'], { env: { GOTOOLCHAIN: 'local' }, reject: false })
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? []
  return Number(major) > 1 || Number(minor) >= 24
}

/** Starts the S3 server on 127.0.0.1 over a folder. */
export const startS3 = async (
  setup: Setup,
  port: number,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<Server> => {
  const folder = join(setup.dataDir, 's3', 'objects')
  const sidecar = join(setup.dataDir, 's3', 'attributes')
  await mkdir(folder, { recursive: true })
  const xattrs = await hasXattrs(folder)
  if (!xattrs) await mkdir(sidecar, { recursive: true })
  return startServer(
    {
      name: 's3',
      command: binary(setup),
      args: [
        '--port',
        `127.0.0.1:${port}`,
        '--quiet',
        'posix',
        ...(xattrs ? [] : ['--sidecar', sidecar]),
        folder,
      ],
      env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
      ready: () =>
        new Promise<void>((resolve, reject) => {
          const socket = connect(port, '127.0.0.1', () => {
            socket.destroy()
            resolve()
          }).once('error', reject)
        }),
    },
    setup,
  )
}

/** Extended attributes cannot be asked for from Node; the file systems that lack them can be named. */
const hasXattrs = async (folder: string): Promise<boolean> => {
  const { stdout } = await execa('stat', ['-f', '-c', '%T', folder], { reject: false })
  return !['tmpfs', 'nfs', 'overlayfs', 'UNKNOWN'].includes(stdout.trim())
}
