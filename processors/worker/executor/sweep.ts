import type Docker from 'dockerode'
import { type Logger } from 'pino'
import { messageOf } from '../../../core/error/error.ts'
import { statusOf } from './engine.ts'
import { label, withLabels } from './name.ts'
import { answered } from './silence.ts'

/** Which containers and volumes are to be removed, and how long the engine may take over each. */
export interface Discarding {
  /** `madeAt`: milliseconds since the epoch, by the engine's clock. */
  readonly chosen?: (labels: Readonly<Record<string, string>>, madeAt: number) => boolean
  readonly answerMs?: number
}

/**
 * Removes all containers and volumes that carry these labels, running or not, and gives their names. What cannot be
 * removed keeps nothing else from being; its error is thrown at the end.
 */
export const discard = async (
  docker: Docker,
  labels: Readonly<Record<string, string>>,
  { chosen = () => true, answerMs = 60_000 }: Discarding = {},
): Promise<readonly string[]> => {
  const filters = withLabels(labels)
  const ask = <T>(call: () => Promise<T>): Promise<T> => answered(answerMs, call)
  const removed: string[] = []
  let broken: { readonly error: unknown } | undefined
  const remove = async (name: string, step: () => Promise<unknown>): Promise<void> => {
    try {
      await gone(() => ask(step))
      removed.push(name)
    } catch (error) {
      broken ??= { error }
    }
  }
  for (const { Id, Names, Labels, Created } of await ask(() => docker.listContainers({ all: true, filters })))
    if (chosen(Labels, Created * 1000))
      await remove(Names[0]?.slice(1) ?? Id, () => docker.getContainer(Id).remove({ force: true, v: true }))
  for (const { Name, Labels, ...volume } of (await ask(() => docker.listVolumes({ filters }))).Volumes ?? [])
    if (chosen(Labels, Date.parse((volume as { CreatedAt?: string }).CreatedAt ?? '') || 0))
      await remove(Name, () => docker.getVolume(Name).remove())
  if (broken) throw broken.error
  return removed
}

/** 404: it is gone; 409: it is on its way, or another process uses it. */
const gone = async (step: () => Promise<unknown>): Promise<void> => {
  try {
    await step()
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error
  }
}

/** What others made so long ago is known to whoever has read the log, in milliseconds. */
const othersMs = 10 * 60_000

/**
 * Removes what earlier processes of this worker left behind: containers and volumes of attempts that are not open any
 * more; of other workers, too, where these made them a while ago: they may have gone, or have another id now.
 */
export const sweep = async ({
  docker,
  installation,
  workerId,
  isOpen,
  logger,
}: {
  readonly docker: Docker
  readonly installation: string
  readonly workerId: string
  readonly isOpen: (jobId: string, attempt: number) => boolean
  readonly logger?: Logger
}): Promise<readonly string[]> => {
  try {
    const removed = await discard(
      docker,
      { [label.installation]: installation },
      {
        chosen: (labels, madeAt) =>
          !isOpen(labels[label.job] ?? '', Number(labels[label.attempt])) &&
          (labels[label.worker] === workerId || madeAt < Date.now() - othersMs),
      },
    )
    if (removed.length > 0) logger?.info({ removed }, 'removed what ended attempts had left')
    return removed
  } catch (error) {
    logger?.warn({ error: messageOf(error) }, 'cannot remove what ended attempts have left')
    return []
  }
}
