import { clusterIdOf } from '../infra/kafka/topics.ts'
import { processors } from '../processors/index.ts'
import { type WorkerConfig } from '../processors/worker/config.ts'
import { runModel } from '../processors/worker/effects.ts'
import { engineWatch } from '../processors/worker/engineWatch.ts'
import { sweep } from '../processors/worker/executor/sweep.ts'
import { machineOf, roomOf } from '../processors/worker/offer.ts'
import { announce } from '../processors/worker/presence.ts'
import { claim } from './claim.ts'
import { workerIdOf } from './config.ts'
import { type Connections } from './connect.ts'
import { type Running, driven } from './driven.ts'

/** What could not be removed when it should have been goes then. */
const tidyEveryMs = 10 * 60_000

const settingsOf = async ({ config, kafka, docker }: Connections): Promise<WorkerConfig> => {
  const { id: _, leaseSeconds, ...said } = config.worker
  return {
    ...said,
    ...roomOf(said, await machineOf(docker)),
    workerId: workerIdOf(config),
    installation: await clusterIdOf(kafka),
    leaseMs: leaseSeconds * 1000,
  }
}

const work = async (connections: Connections): Promise<Running> => {
  const { config, store, docker, logger } = connections
  const settings = await settingsOf(connections)
  const { workerId, slots, labels, leaseMs } = settings
  // nothing is known of what is open before the worker has read its log
  let tidy: (() => unknown) | undefined
  const driving = await driven(
    processors.worker({
      workerId,
      runModel: runModel({ docker, store, logger, config: settings }),
      sweep: (isOpen) => {
        tidy = () => sweep({ docker, ...settings, isOpen, logger })
        return tidy()
      },
    }),
    connections,
    // twice the slots: while one model is tidied up after, the next one begins
    { instance: workerId, concurrency: 2 * slots },
  )
  const { cpus = slots, memory = 0 } = settings
  const gpus = settings.gpus.map(({ id }) => id)
  const gpuMemory = settings.gpus.map((gpu) => gpu.memory)
  const offer = { workerId, host: config.instance, slots, cpus, memory, gpus, gpuMemory, labels, leaseMs }
  logger.info(offer, 'the worker offers')
  const isEngineThere = engineWatch(docker, leaseMs / 6, () => tidy?.())
  // before it has read its log it would keep waiting what it is given
  const canRun = async () => (await isEngineThere()) && tidy !== undefined
  const tidying = setInterval(() => tidy?.(), tidyEveryMs)
  const presence = await announce(offer, { publish: connections.emitAs('worker', workerId), canRun })
  return {
    stop: async () => {
      clearInterval(tidying)
      await presence.leave('the worker was stopped').catch(() => undefined)
      await driving.stop()
    },
  }
}

/** Runs models in containers. RD_ALREADY_RUNNING where another process of this home folder has the same worker id. */
export const worker = async (connections: Connections): Promise<Running> => {
  const { config } = connections
  const giveUp = claim(config.home, `worker-${workerIdOf(config)}`, 'give this one another --id')
  const working = await work(connections).catch((error: unknown) => {
    giveUp()
    throw error
  })
  return {
    stop: async () => {
      await working.stop()
      giveUp()
    },
  }
}
