import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Docker from 'dockerode'
import { execa } from 'execa'

/** A Docker Engine of a test's own, which may be killed; its containers live on meanwhile. */
export class PrivateEngine {
  readonly #home: string
  readonly #programs: string | undefined
  #process: ChildProcess | undefined

  private constructor(home: string, programs: string | undefined) {
    this.#home = home
    this.#programs = programs
  }

  /** `programs`: a folder that the engine searches for programs before any other. */
  static async start(programs?: string): Promise<PrivateEngine> {
    const engine = new PrivateEngine(await mkdtemp(join(tmpdir(), 'rd-')), programs)
    await engine.start()
    return engine
  }

  get socketPath(): string {
    return join(this.#home, 'd.sock')
  }

  /** Without `liveRestore` the engine ends its containers when it is stopped, and when it starts again. */
  async start(liveRestore = true): Promise<void> {
    const home = this.#home
    const [exec, pidFile] = [join(home, 'exec'), join(home, 'd.pid')]
    // those of a killed engine would stop the next start
    for (const stale of [pidFile, join(exec, 'containerd', 'containerd.pid')])
      await rm(stale, { force: true })
    const where = ['--data-root', join(home, 'data'), '--exec-root', exec, '--pidfile', pidFile]
    const network = ['--bridge=none', '--iptables=false', '--ip-forward=false', '--ip-masq=false']
    const restore = liveRestore ? ['--live-restore'] : []
    const args = [...where, '-H', `unix://${this.socketPath}`, ...network, ...restore]
    const path = [...(this.#programs ? [this.#programs] : []), process.env['PATH']].join(':')
    this.#process = spawn('dockerd', args, { stdio: 'ignore', env: { ...process.env, PATH: path } })
    const docker = new Docker({ socketPath: this.socketPath, timeout: 2000 })
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await pause(50))
      if (await docker.ping().catch(() => undefined)) return
    throw new Error('the private engine does not answer')
  }

  /** As a power cut for the engine alone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** As a power cut for the whole host: the engine, its containerd, and what runs in `containers`. */
  async cutPower(...containers: readonly { readonly Id: string; readonly Pid: number }[]): Promise<void> {
    const containerd = Number(
      await readFile(join(this.#home, 'exec', 'containerd', 'containerd.pid'), 'utf8'),
    )
    const shims = await Promise.all(containers.map(({ Pid }) => parentOf(Pid)))
    await this.kill()
    for (const pid of [containerd, ...shims, ...containers.map(({ Pid }) => Pid)]) {
      process.kill(pid, 'SIGKILL')
      while (await isAlive(pid)) await pause(10)
    }
  }

  /** As an engine that is stuck: it takes what it is asked, and says nothing. */
  freeze(): void {
    this.#process!.kill('SIGSTOP')
  }

  thaw(): void {
    this.#process!.kill('SIGCONT')
  }

  async remove(): Promise<void> {
    await this.#end('SIGTERM')
    const mounts = (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .map((line) => line.split(' ')[1]!)
    const ours = mounts
      .filter((path) => path?.startsWith(`${this.#home}/`))
      .sort((a, b) => b.length - a.length)
    for (const path of ours) await execa('umount', [path], { reject: false })
    await rm(this.#home, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const gone = once(running, 'exit')
    running.kill(signal)
    await gone
  }
}

const statOf = async (pid: number): Promise<readonly string[]> =>
  (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).split(') ').at(-1)!.split(' ')

const parentOf = async (pid: number): Promise<number> => Number((await statOf(pid))[1])

/** A zombie, whom nobody has buried yet, is dead. */
const isAlive = async (pid: number): Promise<boolean> =>
  !['', 'Z', undefined].includes((await statOf(pid))[0])
