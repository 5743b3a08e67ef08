import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { type z } from 'zod'
import { configSchema, type Config } from '../../app/config.ts'
import { type Connections, connect, prepare } from '../../app/connect.ts'
import { type ServiceName, serviceNames } from '../../app/names.ts'
import { type Running, services } from '../../app/services.ts'
import { isRadDeployError } from '../../core/error/error.ts'
import { type EventType, type Recorded } from '../../core/event/event.ts'
import { flowHash } from '../../core/flow/hash.ts'
import { parseFlow } from '../../core/flow/parse.ts'
import { type Endpoints } from '../../infra/embedded/endpoints.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { isEvent } from '../../infra/kafka/codec.ts'
import { applyFlows } from '../../producers/flows/apply.ts'
import { commandFlow } from '../../producers/flows/command.ts'

/** The whole system in this process, on the servers of the test stack. */
export interface System {
  readonly connections: Connections
  readonly config: Config
  readonly scpPort: number
  /** Applies a flow from its YAML. */
  apply(yaml: string): Promise<void>
  retire(name: string): Promise<void>
  /** Waits until an event of a type (and, where given, one that `matches`) is on the log; rejects at the deadline. */
  event<T extends EventType>(
    type: T,
    matches?: (event: Recorded<T>) => boolean,
    deadlineMs?: number,
  ): Promise<Recorded<T>>
  /** Every event on the log since this system started. */
  events(): readonly Recorded[]
  stop(): Promise<void>
}

/** Starts services (all by default) with an SCP on a free port. Each system reads the log from where it is. */
export const startSystem = async (
  endpoints: Endpoints,
  only: readonly ServiceName[] = serviceNames,
  instance = `test-${process.pid}`,
  settings: Partial<z.input<typeof configSchema>> = {},
): Promise<System> => {
  const home = await mkdtemp(join(tmpdir(), 'rd-'))
  const scpPort = await freePort()
  const config = configSchema.parse({
    home,
    instance,
    servers: endpoints,
    flows: false,
    ...settings,
    scp: { host: '127.0.0.1', port: scpPort, ...settings.scp },
  })
  const logger = pino({ level: process.env['RADDEPLOY_LOG_LEVEL'] ?? 'fatal' })
  const connections = connect(config, endpoints, logger)
  await prepare(connections)
  const seen: Recorded[] = []
  const listeners = new Set<() => void>()
  const stopped = new AbortController()
  const from = (await connections.source.partitions()).map(({ topic, partition, high }) => ({
    topic,
    partition,
    offset: high,
  }))
  const reading = (async () => {
    for await (const batch of connections.source.read(from, stopped.signal)) {
      for (const record of batch)
        if ('data' in record && isEvent(record as Recorded)) seen.push(record as Recorded)
      for (const listener of listeners) listener()
    }
  })()
  const running: Running[] = await Promise.all(only.map((name) => services[name](connections)))

  const event = <T extends EventType>(
    type: T,
    matches: (event: Recorded<T>) => boolean = () => true,
    deadlineMs = 60_000,
  ): Promise<Recorded<T>> =>
    new Promise((resolve, reject) => {
      const look = (): boolean => {
        const found = seen.find((one) => one.type === type && matches(one as Recorded<T>))
        if (!found) return false
        listeners.delete(look)
        clearTimeout(timer)
        resolve(found as Recorded<T>)
        return true
      }
      const timer = setTimeout(() => {
        listeners.delete(look)
        const log = seen
          .map((one) => `${one.type} ${one.stream} ${JSON.stringify(one.data).slice(0, 300)}`)
          .join('\n')
        reject(new Error(`no ${type} within ${deadlineMs} ms; the log:\n${log}`))
      }, deadlineMs)
      if (!look()) listeners.add(look)
    })

  const flows = { ...connections, emit: connections.emitAs('flows'), user: 'test' }
  return {
    connections,
    config,
    scpPort,
    apply: async (yaml) => {
      const parsed = parseFlow(yaml, 'flow.yaml')
      if (!('flow' in parsed) || !parsed.flow) throw new Error(JSON.stringify(parsed))
      const { flow } = parsed
      const hash = flowHash(flow)
      const [applied] = await applyFlows([{ file: 'flow.yaml', source: yaml, flow, hash }], flows)
      if (applied?.change !== 'unchanged') await event('FlowDefined', ({ data }) => data.hash === hash)
    },
    retire: async (name) => {
      await commandFlow('retire', name, null, flows).catch((error: unknown) => {
        // What a test has retired itself needs no cleaning up.
        if (!isRadDeployError(error, 'RD_NOT_FOUND')) throw error
      })
    },
    event,
    events: () => seen,
    stop: async () => {
      await Promise.all(running.map((one) => one.stop()))
      stopped.abort()
      await reading.catch(() => undefined)
      await connections.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}
