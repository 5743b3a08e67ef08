import { processors } from '../processors/index.ts'
import { attemptDelivery } from '../processors/scu/effects.ts'
import { watchFlows } from '../producers/flows/watch.ts'
import { type Scp, startScp } from '../producers/scp/index.ts'
import { type ScpConfig, scpConfigSchema } from '../producers/scp/config.ts'
import { projections } from '../projections/index.ts'
import { runProjector } from '../projections/runtime/projector.ts'
import { type Source } from '../projections/runtime/record.ts'
import { read } from '../infra/kafka/reader.ts'
import { claim } from './claim.ts'
import { type Connections } from './connect.ts'
import { pseudonymKey, saveScpPort, scpPort } from './config.ts'
import { type Running, driven } from './driven.ts'
import { type ServiceName } from './names.ts'
import { worker } from './worker.ts'

export { type Running }
type Start = (connections: Connections) => Promise<Running>

const usualPort = 11112

/** Listens on the port as configured; otherwise on the last or the usual one, or a free one where that is taken. */
const listen = async ({
  config,
  store,
  logger,
  emitAs,
}: Connections): Promise<{ server: Scp; settings: ScpConfig }> => {
  const settings = scpConfigSchema.parse({
    ...config.scp,
    name: config.instance,
    port: scpPort(config) ?? usualPort,
  })
  const parts = { store, emit: emitAs('scp'), pseudonymKey: pseudonymKey(config), logger }
  const server = await startScp(settings, parts).catch((error: unknown) => {
    if (config.scp.port !== undefined) throw error
    return startScp({ ...settings, port: 0 }, parts)
  })
  saveScpPort(config, server.port)
  return { server, settings }
}

const scp: Start = async (connections) => {
  const { config, logger } = connections
  const giveUp = claim(config.home, 'scp')
  const { server, settings } = await listen(connections).catch((error: unknown) => {
    giveUp()
    throw error
  })
  const reaper = processors.reaper({ scp: server.name, isAlive: server.isAlive })
  const reaping = await driven(reaper, connections, { instance: server.name })
  logger.info({ port: server.port, aeTitle: settings.aeTitle }, 'the SCP listens')
  return {
    stop: async () => {
      await server.close()
      await reaping.stop()
      giveUp()
    },
  }
}

const projector: Start = ({ pool, source: whole, kafka, codec, logger }) => {
  const stopped = new AbortController()
  // Under a name of its own, by which `status` sees that it lives.
  const source: Source = {
    ...whole,
    read: (from, signal) => read({ kafka, codec, logger, from, signal, name: 'projector' }),
  }
  const done = runProjector({ pool, source, projections, logger, signal: stopped.signal })
  return Promise.resolve({
    stop: async () => {
      stopped.abort()
      await done
    },
  })
}

/** Every service, by the name that `raddeploy run` takes. */
export const services = {
  scp,
  flows: ({ kafka, codec, logger, config, emitAs }) =>
    watchFlows(config.flows.folder, { kafka, codec, logger, emit: emitAs('flows'), user: config.user }),
  collector: (connections) => driven(processors.collector(connections), connections),
  fingerprinter: (connections) => driven(processors.fingerprinter(connections), connections),
  gatherer: (connections) => driven(processors.gatherer(connections), connections),
  scheduler: (connections) => driven(processors.scheduler(connections), connections),
  dispatcher: (connections) => driven(processors.dispatcher(), connections),
  worker,
  scu: (connections) => {
    const { store, config, logger } = connections
    const attempt = attemptDelivery({ store, callingAeTitle: config.scu.aeTitle, logger })
    const { firstSeconds, longestSeconds, giveUpAfterHours } = config.scu.backoff
    const backoff = {
      firstMs: firstSeconds * 1000,
      longestMs: longestSeconds * 1000,
      deadlineMs: giveUpAfterHours * 3_600_000,
    }
    return driven(processors.scu({ attempt, backoff }), connections)
  },
  projector,
} as const satisfies Record<ServiceName, Start>
