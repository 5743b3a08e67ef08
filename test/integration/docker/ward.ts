import { randomUUID } from 'node:crypto'
import Docker from 'dockerode'
import { pino } from 'pino'
import { type Fact, type Recorded } from '../../../core/event/event.ts'
import { mountManifestSchema } from '../../../core/manifest/manifest.ts'
import { ObjectStore, type S3Config } from '../../../infra/s3/store.ts'
import { workerConfigSchema } from '../../../processors/worker/config.ts'
import { runModel } from '../../../processors/worker/effects.ts'
import { discard } from '../../../processors/worker/executor/sweep.ts'
import { label } from '../../../processors/worker/executor/name.ts'
import { type Events } from '../../../schemas/generated/events.ts'
import { type MountRef } from '../../../schemas/generated/shared.ts'
import { an } from '../../support/events.ts'

type Config = Partial<Parameters<(typeof workerConfigSchema)['parse']>[0] & object>

/** What a run of `runModel` said. */
export type Said = Fact<'ModelStarted' | 'ModelFinished' | 'ModelFailed'>

/** An executor on a real engine and a real object store, under an installation of its own. */
export class Ward {
  readonly docker: Docker
  readonly store: ObjectStore
  readonly installation = `test-${randomUUID()}`
  /** What the executor logged as a warning or worse. */
  readonly warnings: string[] = []

  constructor(socketPath: string, s3: S3Config) {
    this.docker = new Docker({ socketPath })
    this.store = new ObjectStore(s3)
  }

  get labels(): Record<string, string> {
    return { [label.installation]: this.installation }
  }

  config(changes: object = {}) {
    return workerConfigSchema.parse({
      workerId: 'worker-1',
      installation: this.installation,
      pollMs: 300,
      stopGraceMs: 1000,
      patienceMs: 20_000,
      ...(changes as Config),
    })
  }

  /** The executor as a process of the worker would have it. */
  executor(changes: object = {}) {
    const logger = pino({ level: 'warn' }, { write: (line: string) => void this.warnings.push(line) })
    return runModel({ docker: this.docker, store: this.store, logger, config: this.config(changes) })
  }

  /** An assignment of a model that runs `script` in a shell. */
  async assigned(model: {
    readonly script?: string
    readonly spec?: object
    readonly kwargs?: object
    readonly src?: Readonly<Record<string, Uint8Array | string>>
    readonly timeoutMs?: number
    readonly gpus?: readonly string[]
  }): Promise<Recorded<'ModelAssigned'>> {
    const inputs = model.src ? [await this.mount('src', model.src)] : []
    const spec = {
      docker_kwargs: {
        image: 'raddeploy-test/busybox:1',
        ...(model.script === undefined ? {} : { command: ['sh', '-c', model.script] }),
        ...model.kwargs,
      },
      input_mounts: model.src ? { src: '/input' } : {},
      output_mounts: { dst: '/output' },
      pull_before_exec: false,
      ...model.spec,
    }
    return an.modelAssigned({
      runId: randomUUID(),
      jobId: randomUUID(),
      spec: JSON.stringify(spec),
      inputs,
      timeoutMs: model.timeoutMs ?? 60_000,
      gpus: [...(model.gpus ?? [])],
    })
  }

  async mount(name: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<MountRef> {
    const folder = `test/${randomUUID()}`
    const listed = []
    let bytes = 0
    for (const [path, content] of Object.entries(files)) {
      const object = await this.store.put(`${folder}/${path}`, Buffer.from(content))
      bytes += object.size
      listed.push({ path, object })
    }
    const manifest = await this.store.putJson(`${folder}.json`, { files: listed })
    return { name, manifest, files: listed.length, bytes }
  }

  /** The files of a mount, each compared with its hash. */
  async files(ref: MountRef): Promise<Record<string, Buffer>> {
    const { files } = mountManifestSchema.parse(JSON.parse((await this.store.read(ref.manifest)).toString()))
    const entries: [string, Buffer][] = []
    for (const { path, object } of files) entries.push([path, await this.store.read(object)])
    return Object.fromEntries(entries)
  }

  /** Runs an assignment to its end; the last fact is the outcome. */
  async run(assigned: Recorded<'ModelAssigned'>, changes: object = {}): Promise<Said[]> {
    const said: Said[] = []
    for await (const fact of this.executor(changes)(assigned, new AbortController().signal)) said.push(fact)
    return said
  }

  async finished(
    assigned: Recorded<'ModelAssigned'>,
    changes: object = {},
  ): Promise<Events['ModelFinished']> {
    const last = (await this.run(assigned, changes)).at(-1)!
    if (last.type !== 'ModelFinished') throw new Error(JSON.stringify(last.data))
    return last.data
  }

  async failed(assigned: Recorded<'ModelAssigned'>, changes: object = {}): Promise<Events['ModelFailed']> {
    const last = (await this.run(assigned, changes)).at(-1)!
    if (last.type !== 'ModelFailed') throw new Error(JSON.stringify(last.data))
    return last.data
  }

  /** Names of what is left on the engine. */
  async leftovers(): Promise<string[]> {
    const filters = { label: [`${label.installation}=${this.installation}`] }
    const containers = await this.docker.listContainers({ all: true, filters })
    const { Volumes } = await this.docker.listVolumes({ filters })
    return [...containers.map(({ Names }) => Names[0]!), ...(Volumes ?? []).map(({ Name }) => Name)]
  }

  /** Leaves nothing of the tests behind. */
  async close(): Promise<void> {
    await discard(this.docker, this.labels)
    const images = await this.docker.listImages({ filters: { reference: ['raddeploy-test/*'] } })
    for (const { RepoTags } of images)
      for (const tag of RepoTags ?? []) await this.docker.getImage(tag).remove()
    this.store.close()
  }
}
