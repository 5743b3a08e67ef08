import { processors } from '../processors/index.ts'
import { attemptDelivery } from '../processors/scu/effects.ts'
import { startDrop } from '../producers/drop/index.ts'
import { watchFlows } from '../producers/flows/watch.ts'
import { type Space } from '../producers/intake/space.ts'
import { type Opened } from '../producers/intake/opened.ts'
import { type IntakeParts } from '../producers/intake/store.ts'
import { type Scp, startScp } from '../producers/scp/index.ts'
import { type ScpConfig, scpConfigSchema } from '../producers/scp/config.ts'
import { startStow } from '../producers/stow/index.ts'
import { projections } from '../projections/index.ts'
import { runProjector } from '../projections/runtime/projector.ts'
import { type Source } from '../projections/runtime/record.ts'
import { read } from '../infra/kafka/reader.ts'
import { claim } from './claim.ts'
import { type Connections } from './connect.ts'
import { pseudonymKey, saveScpPort, scpPort, secretsOf } from './config.ts'
import { type Running, driven } from './driven.ts'
import { type ServiceName } from './names.ts'
import { spaceOf } from './space.ts'
import { dropSettings, stowSettings } from './waysIn.ts'
import { worker } from './worker.ts'

export { type Running }
type Start = (connections: Connections) => Promise<Running>

const usualPort = 11112

/** Listens on the port as configured; otherwise on the last or the usual one, or a free one where that is taken. */
const listen = async (
  { config, store, logger, emitAs }: Connections,
  space: Space,
): Promise<{ server: Scp; settings: ScpConfig }> => {
  const settings = scpConfigSchema.parse({
    ...config.scp,
    name: config.instance,
    port: scpPort(config) ?? usualPort,
  })
  const parts = { store, emit: emitAs('scp'), pseudonymKey: pseudonymKey(config), logger, space }
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
  const { space, release } = await spaceOf(connections)
  const { server, settings } = await listen(connections, space).catch(async (error: unknown) => {
    await release()
    giveUp()
    throw error
  })
  const reaping = await reap(server, connections)
  logger.info({ port: server.port, aeTitle: settings.aeTitle }, 'the SCP listens')
  return {
    stop: async () => {
      await server.close()
      await reaping.stop()
      await release()
      giveUp()
    },
  }
}

/** Nothing to do: it is there, and stays until it is stopped. */
const idle = (logger: Connections['logger'], why: string): Running => {
  logger.info(why)
  // Node ends where nothing is left to do.
  const staying = setInterval(() => undefined, 60_000)
  return {
    stop: () => {
      clearInterval(staying)
      return Promise.resolve()
    },
  }
}

/** A way in beside the SCP: one of its kind in a home folder, with a reaper for what it left open. */
const wayIn = async (
  what: 'stow' | 'drop',
  connections: Connections,
  begin: (parts: IntakeParts) => Promise<WayIn> | WayIn,
): Promise<Running> => {
  const { config, store, logger, emitAs } = connections
  const giveUp = claim(config.home, what)
  const { space, release } = await spaceOf(connections)
  try {
    const key = pseudonymKey(config)
    const way = await begin({ store, emit: emitAs(what), pseudonymKey: key, logger, space })
    const reaping = await reap(way, connections)
    return {
      stop: async () => {
        await way.close()
        await reaping.stop()
        await release()
        giveUp()
      },
    }
  } catch (error) {
    await release()
    giveUp()
    throw error
  }
}
interface WayIn {
  readonly name: string
  readonly opened: Opened
  close(): Promise<void>
}

/** Closes what an earlier process of that name left open. What comes later is none of its business, and can wait. */
const reap = ({ name, opened }: Pick<WayIn, 'name' | 'opened'>, connections: Connections): Promise<Running> =>
  driven(processors.reaper(name, opened), connections, { instance: name, leastBytes: 256 * 1024 })

const stow: Start = async (connections) => {
  const { config, logger } = connections
  const settings = stowSettings(config, secretsOf(config))
  if (!settings) return idle(logger, 'STOW-RS has no port, and is not served')
  return wayIn('stow', connections, async (parts) => {
    const server = await startStow(settings, parts)
    logger.info({ port: server.port, clients: settings.clients.length }, 'STOW-RS listens')
    return server
  })
}

const drop: Start = async (connections) => {
  const { config, logger } = connections
  const settings = dropSettings(config)
  if (!settings) return idle(logger, 'no drop folder is configured')
  return wayIn('drop', connections, (parts) => {
    logger.info({ folder: settings.folder }, 'the drop folder is watched')
    return startDrop(settings, parts)
  })
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
  stow,
  drop,
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
    const { aeTitle: callingAeTitle, folders } = config.scu
    const secretOf = secretsOf(config)
    const attempt = attemptDelivery({
      store,
      logger,
      secretOf,
      pseudonymKey: pseudonymKey(config),
      callingAeTitle,
      folders,
    })
    const { firstSeconds, longestSeconds, giveUpAfterHours } = config.scu.backoff
    const backoff = {
      firstMs: firstSeconds * 1000,
      longestMs: longestSeconds * 1000,
      deadlineMs: giveUpAfterHours * 3_600_000,
    }
    // A destination where all hangs takes two of these, and no other waits for it.
    const atOnce = { concurrency: 256, laneConcurrency: 2 }
    return driven(processors.scu({ attempt, backoff }), connections, atOnce)
  },
  projector,
} as const satisfies Record<ServiceName, Start>
