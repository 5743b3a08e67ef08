import { drive, type DriveOptions } from '../processors/runtime/drive.ts'
import { type AnyProcessor } from '../processors/runtime/processor.ts'
import { processors } from '../processors/index.ts'
import { workerConfigSchema } from '../processors/worker/config.ts'
import { runModel } from '../processors/worker/effects.ts'
import { sweep } from '../processors/worker/executor/sweep.ts'
import { announce } from '../processors/worker/presence.ts'
import { attemptDelivery } from '../processors/scu/effects.ts'
import { type Scp, startScp } from '../producers/scp/index.ts'
import { type ScpConfig, scpConfigSchema } from '../producers/scp/config.ts'
import { projections } from '../projections/index.ts'
import { runProjector } from '../projections/runtime/projector.ts'
import { type Source } from '../projections/runtime/record.ts'
import { clusterIdOf } from '../infra/kafka/topics.ts'
import { read } from '../infra/kafka/reader.ts'
import { claim } from './claim.ts'
import { type Connections } from './connect.ts'
import { pseudonymKey, saveScpPort, scpPort } from './config.ts'
import { type ServiceName } from './names.ts'

/** A service that runs. */
export interface Running {
  stop(): Promise<void>
}
type Start = (connections: Connections) => Promise<Running>

const effectsAtOnce = 8

const driven = (
  processor: AnyProcessor,
  connections: Connections,
  more: Partial<DriveOptions> = {},
): Promise<Running> => {
  const { kafka, codec, publisher, logger, config } = connections
  return drive(processor, {
    kafka,
    codec,
    publisher,
    logger,
    instance: config.instance,
    concurrency: effectsAtOnce,
    ...more,
  })
}

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

const worker: Start = async (connections) => {
  const { config, kafka, store, docker, logger } = connections
  const { leaseSeconds, ...offered } = config.worker
  const settings = workerConfigSchema.parse({
    ...offered,
    workerId: config.instance,
    installation: await clusterIdOf(kafka),
    leaseMs: leaseSeconds * 1000,
  })
  const run = runModel({ docker, store, logger, config: settings })
  const driving = await driven(
    processors.worker({
      workerId: settings.workerId,
      runModel: run,
      sweep: (isOpen) => sweep({ docker, ...settings, isOpen, logger }),
    }),
    connections,
    { concurrency: settings.slots },
  )
  const { workerId, slots, cpus = slots, memory = 0, labels, leaseMs } = settings
  const gpus = settings.gpus.map(({ id }) => id)
  const gpuMemory = settings.gpus.map((gpu) => gpu.memory)
  const offer = { workerId, host: config.instance, slots, cpus, memory, gpus, gpuMemory, labels, leaseMs }
  const presence = await announce(offer, connections.emitAs('worker'))
  return {
    stop: async () => {
      await presence.leave('the worker was stopped').catch(() => undefined)
      await driving.stop()
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
  collector: (connections) => driven(processors.collector(connections), connections),
  fingerprinter: (connections) => driven(processors.fingerprinter(connections), connections),
  gatherer: (connections) => driven(processors.gatherer(connections), connections),
  scheduler: (connections) => driven(processors.scheduler(), connections),
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
