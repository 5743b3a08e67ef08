import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Dockerode from 'dockerode'
import { execa } from 'execa'
import { RadDeployError } from '../../core/error/error.ts'
import { type Server, startServer } from './server.ts'
import { type Setup, aptInstall, isRoot, which } from './setup.ts'

const systemSocket = '/var/run/docker.sock'
/** The sockets of engines that are not ours: as the environment says (a rootless engine's), and the usual one. */
const sockets = (): string[] => {
  const [, configured] = /^unix:\/\/(.+)$/.exec(process.env['DOCKER_HOST'] ?? '') ?? []
  return configured ? [configured, systemSocket] : [systemSocket]
}
const answers = async (socketPath: string): Promise<boolean> =>
  new Dockerode({ socketPath, timeout: 3000 }).ping().then(
    () => true,
    () => false,
  )

/** The socket of the machine's engine, where one answers. */
const machineEngine = async (): Promise<string | undefined> => {
  for (const socket of sockets()) if (await answers(socket)) return socket
  return undefined
}

/** The engine's own programs, where the machine has no engine that answers. */
export const installDocker = async (setup: Setup): Promise<void> => {
  if (await machineEngine()) return
  const hasEngine = (await which('dockerd')) && (await which('containerd'))
  if (!isRoot()) throw missing(Boolean(hasEngine))
  if (!hasEngine) await aptInstall(setup, packages, 'Docker Engine')
}
const packages = ['docker.io', 'containerd', 'runc', 'iptables']

/** What keeps a user who is not root, and so may start no engine, from having one. */
const missing = (hasEngine: boolean): RadDeployError => {
  const why = 'Docker Engine'
  const [socket] = sockets() as [string]
  const silent = (advice: string): RadDeployError =>
    new RadDeployError('RD_SETUP_MISSING', `no ${why} answers at ${socket}; ${advice}`, { why, socket })
  if (existsSync(socket) && !mayUse(socket))
    return silent(`let this user in: usermod -aG docker ${userInfo().username}, then log in anew`)
  if (hasEngine) return silent('start it: systemctl start docker')
  return new RadDeployError(
    'RD_SETUP_MISSING',
    `${why} is missing; install it with: apt-get install ${packages.join(' ')}`,
    { why, packages },
  )
}

const mayUse = (socket: string): boolean => {
  try {
    accessSync(socket, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The machine's Docker Engine where one answers; otherwise our own, with its data in our folder. */
export const startDocker = async (setup: Setup): Promise<Server & { readonly socketPath: string }> => {
  const theirs = await machineEngine()
  if (theirs) return { socketPath: theirs, stop: () => Promise.resolve() }
  const home = join(setup.dataDir, 'docker')
  // A socket's path may have 107 characters, so it lies in a short one of its own.
  const run = join('/run', `raddeploy-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`)
  const socketPath = join(run, 'docker.sock')
  const [data, exec, pidFile] = [join(home, 'data'), join(run, 'exec'), join(run, 'docker.pid')]
  for (const folder of [home, run]) await mkdir(folder, { recursive: true })
  const network = ['--bridge=none', '--iptables=false', '--ip-forward=false', '--ip-masq=false']
  const server = await startServer(
    {
      name: 'docker',
      command: 'dockerd',
      args: [
        ...['--data-root', data, '--exec-root', exec, '--pidfile', pidFile, '-H', `unix://${socketPath}`],
        ...network,
        '--live-restore',
        '--shutdown-timeout',
        '3',
      ],
      // After a kill the pid files of dead processes stay and would stop the next start.
      before: async () => {
        for (const stale of [pidFile, join(exec, 'containerd', 'containerd.pid')]) {
          const pid = Number(await readFile(stale, 'utf8').catch(() => ''))
          if (stale.endsWith('containerd.pid')) await endContainerd(pid)
          await rm(stale, { force: true })
        }
      },
      ready: () => new Dockerode({ socketPath, timeout: 2000 }).ping(),
      stopWithinMs: 20_000,
    },
    setup,
  )
  return {
    socketPath,
    stop: async () => {
      await removeContainers(socketPath)
      await server.stop()
      await unmountBelow(data)
      await unmountBelow(run)
      await rm(run, { recursive: true, force: true })
    },
  }
}

/** Ends the containerd that a killed engine has left; what else may have its pid by now is let be. */
const endContainerd = async (pid: number): Promise<void> => {
  const isContainerd = async (): Promise<boolean> =>
    pid > 0 && (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'containerd'
  for (let tries = 0; tries < 200 && (await isContainerd()); tries += 1) {
    await execa('sh', ['-c', `kill ${pid}`], { reject: false })
    await pause(25)
  }
}

/** Stops what still runs on our own engine; nothing outlives it. */
const removeContainers = async (socketPath: string): Promise<void> => {
  const docker = new Dockerode({ socketPath, timeout: 20_000 })
  const running = await docker.listContainers().catch(() => [])
  await Promise.all(
    running.map(({ Id }) =>
      docker
        .getContainer(Id)
        .kill()
        .catch(() => undefined),
    ),
  )
}

/** Undoes the mounts of an engine that is gone. */
export const unmountBelow = async (folder: string): Promise<void> => {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  const below = mounts
    .filter((path) => path === folder || path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)
  for (const path of below) await execa('umount', [path], { reject: false })
}
