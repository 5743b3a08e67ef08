import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { freePort } from '../../../infra/embedded/ports.ts'
import { until } from '../../support/until.ts'

/** Who may pull and push. */
export interface Account {
  readonly username: string
  readonly password: string
}

/** A real image registry of a test's own, on this machine. */
export class Registry {
  readonly #home: string
  readonly #config: string
  readonly #account: Account | undefined
  /** Its address as the names of its images begin. */
  readonly host: string
  #process: ChildProcess | undefined

  private constructor(home: string, port: number, account: Account | undefined) {
    this.#home = home
    this.#config = join(home, 'registry.yml')
    this.#account = account
    this.host = `127.0.0.1:${port}`
  }

  /** With an account the registry lets nobody else in. */
  static async start(account?: Account): Promise<Registry> {
    const registry = new Registry(
      await mkdtemp(join(tmpdir(), 'raddeploy-registry-')),
      await freePort(),
      account,
    )
    const passwords = join(registry.#home, 'htpasswd')
    if (account) await writeFile(passwords, `${account.username}:${await bcrypt(account.password)}\n`)
    const config = {
      version: '0.1',
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(registry.#home, 'data') } },
      http: { addr: registry.host },
      ...(account && { auth: { htpasswd: { realm: 'test', path: passwords } } }),
    }
    await writeFile(registry.#config, stringify(config))
    await registry.start()
    return registry
  }

  async start(): Promise<void> {
    const child = spawn('docker-registry', ['serve', this.#config], { stdio: 'ignore' })
    this.#process = child
    await once(child, 'spawn')
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`)
      // 401: it is there, and wants to know who asks
      const answer = await fetch(`http://${this.host}/v2/`).catch(() => undefined)
      return answer !== undefined && [200, 401].includes(answer.status)
    }, 'the registry')
  }

  async stop(): Promise<void> {
    const running = this.#process
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const gone = once(running, 'exit')
    running.kill()
    await gone
  }

  async remove(): Promise<void> {
    await this.stop()
    await rm(this.#home, { recursive: true, force: true })
  }

  /** Pushes an image of the engine as `name` (with a tag); gives its repository digest. The engine keeps that name. */
  async push(docker: Docker, image: string, name: string): Promise<string> {
    const [repository, tag] = name.split(':') as [string, string]
    const full = `${this.host}/${repository}`
    await docker.getImage(image).tag({ repo: full, tag })
    const pushed = docker.getImage(`${full}:${tag}`)
    const authconfig = { ...(this.#account ?? { username: '', password: '' }), serveraddress: this.host }
    const progress = await pushed.push({ authconfig })
    await new Promise<void>((resolve, reject) =>
      docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve())),
    )
    const { RepoDigests } = await pushed.inspect()
    return RepoDigests.find((digest) => digest.startsWith(`${full}@`))!
  }
}

/** As registries want it in their htpasswd file: by the crypt of the C library, which every Debian's perl reaches. */
const bcrypt = async (password: string): Promise<string> => {
  const script = 'print crypt($ENV{PASSWORD}, q($2b$05$abcdefghijklmnopqrstuu))'
  const { stdout } = await execa('perl', ['-e', script], { env: { PASSWORD: password } })
  return stdout
}
