import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { type Readable } from 'node:stream'
import type Docker from 'dockerode'
import { type ContainerCreateOptions, type ContainerInspectInfo } from 'dockerode'
import { containerName } from '../../processors/worker/executor/name.ts'
import { until } from '../../test/support/until.ts'

/** What the engine says that it has done, in milliseconds since the epoch. */
interface Done {
  readonly action: string
  readonly id: string
  readonly name: string
  readonly at: number
}

/** The engine's own account of one attempt: its volumes are there, they are full, its container has its name, and runs. */
export interface Account {
  readonly volumesAt: number
  readonly filledAt: number
  readonly namedAt: number
  readonly startedAt: number
  readonly container: ContainerInspectInfo
}

/** Listens to what the engine does. */
export interface Engine {
  /** Of the attempt of a job; to be asked while its container lives. */
  account(jobId: string): Promise<Account>
  stop(): void
}

/** Follows the events of an engine. */
export const watchEngine = async (docker: Docker): Promise<Engine> => {
  const done: Done[] = []
  const events = (await docker.getEvents({ filters: { type: ['container'] } })) as Readable
  createInterface({ input: events }).on('line', (line) => {
    const { Action, Actor, timeNano } = JSON.parse(line) as {
      Action: string
      Actor: { ID: string; Attributes: { name: string } }
      timeNano: number
    }
    done.push({ action: Action, id: Actor.ID, name: Actor.Attributes.name, at: timeNano / 1e6 })
  })
  events.on('error', () => undefined)
  return {
    account: async (jobId) => {
      const name = containerName({ jobId, attempt: 1 })
      const of = async (action: string, isOf: (name: string) => boolean): Promise<Done> => {
        const found = (): Done | undefined => done.find((one) => one.action === action && isOf(one.name))
        await until(() => found() !== undefined, `${action} of ${name}`)
        return found()!
      }
      const started = await of('start', (one) => one === name)
      const container = await docker.getContainer(started.id).inspect()
      const filled = await of('extract-to-dir', (one) => one.startsWith(`${name}-`))
      const volumes = await of('create', (one) => one === filled.name)
      const named = await of('rename', (one) => one === name)
      return {
        volumesAt: volumes.at,
        filledAt: filled.at,
        namedAt: named.at,
        startedAt: Date.parse(container.State.StartedAt),
        container,
      }
    },
    stop: () => void events.destroy(),
  }
}

/**
 * How long the engine itself takes: from `docker create` of a container like this one, on new volumes of its own, to
 * the moment at which it has started, in milliseconds. Nothing is left of it.
 */
export const createAndStart = async (docker: Docker, like: ContainerInspectInfo): Promise<number> => {
  const { Image, Env, Cmd, Entrypoint, User, WorkingDir, Tty, OpenStdin } = like.Config
  const { Mounts = [], ...host } = like.HostConfig
  const stem = `raddeploy-bench-${randomUUID().slice(0, 8)}`
  const options: ContainerCreateOptions = {
    ...{ Image, Env, Cmd, Entrypoint: Entrypoint ?? [], User, WorkingDir, Tty, OpenStdin },
    name: stem,
    HostConfig: {
      ...host,
      Mounts: Mounts.map((mount, index) => ({ ...mount, Source: `${stem}-${index}` })),
    },
  }
  const began = performance.timeOrigin + performance.now()
  const container = await docker.createContainer(options)
  await container.start()
  const { State } = await container.inspect()
  await container.remove({ force: true })
  for (const index of Mounts.keys()) await docker.getVolume(`${stem}-${index}`).remove()
  return Date.parse(State.StartedAt) - began
}
