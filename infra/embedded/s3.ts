import { existsSync } from 'node:fs'
import { access, chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { RadDeployError } from '../../core/error/error.ts'
import { type Server, startServer } from './server.ts'
import { type Setup, type Step, aptInstall, execute, isDone, once, which } from './setup.ts'

const module = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'
const toolchain = 'golang.org/toolchain@v0.0.1-go1.26.4.linux-amd64'

const binary = (setup: Setup): string => join(setup.cacheDir, 'bin', 'versitygw')
const built = (setup: Setup): Step => ({ stamp: 'versitygw-1.8.0', product: binary(setup) })

/** Go where it is missing, so that the S3 server can be built. */
export const installGo = async (setup: Setup): Promise<void> => {
  if (isDone(setup, built(setup)) || (await which('go'))) return
  await aptInstall(setup, ['golang-go', 'ca-certificates'], 'Go')
}

/** Builds the S3 server, once. */
export const installS3 = (setup: Setup): Promise<void> =>
  once(setup, built(setup), async () => {
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
  if (!existsSync(folder)) {
    if (!(await hasXattrs(setup))) await mkdir(sidecar, { recursive: true })
    await mkdir(folder, { recursive: true })
  }
  return startServer(
    {
      name: 's3',
      ports: [port],
      command: binary(setup),
      args: [
        '--port',
        `127.0.0.1:${port}`,
        '--keep-alive',
        '--quiet',
        'posix',
        // by default it makes an MD5 of every byte, which takes about half of a PUT
        '--data-integrity-etag',
        ...(existsSync(sidecar) ? ['--sidecar', sidecar] : []),
        folder,
      ],
      env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
      // Nobody has signed this request: that it is refused shows who answers.
      ready: async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) })
        await answer.body?.cancel()
        if (answer.status !== 403) throw new Error(`the S3 server answers ${answer.status}`)
      },
    },
    setup,
  )
}

/**
 * True when files there can carry extended attributes, where the server keeps metadata. Node cannot ask; the
 * server does, before it looks at its certificate: with one that cannot be read it tells and ends.
 */
const hasXattrs = async (setup: Setup): Promise<boolean> => {
  const probe = join(setup.dataDir, 's3', 'probe')
  await mkdir(probe, { recursive: true })
  const noCertificate = ['--cert', join(probe, 'none'), '--key', join(probe, 'none')]
  const { all } = await execa(
    binary(setup),
    ['--port', '127.0.0.1:0', ...noCertificate, '--quiet', 'posix', probe],
    {
      env: { ROOT_ACCESS_KEY: 'probe', ROOT_SECRET_KEY: 'probe' },
      all: true,
      reject: false,
      timeout: 10_000,
    },
  )
  await rm(probe, { recursive: true, force: true })
  return !all.includes('xattr check failed')
}
