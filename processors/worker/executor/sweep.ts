import type Docker from 'dockerode'
import { type Logger } from 'pino'
import { messageOf } from '../../../core/error/error.ts'
import { statusOf } from './engine.ts'
import { label, withLabels } from './name.ts'
import { answered } from './silence.ts'

/** Which containers and volumes are to be removed, and how long the engine may take over each. */
export interface Discarding {
  readonly chosen?: (labels: Readonly<Record<string, string>>) => boolean
  readonly answerMs?: number
}

/** Removes all containers and volumes that carry these labels, running or not. Gives their names. */
export const discard = async (
  docker: Docker,
  labels: Readonly<Record<string, string>>,
  { chosen = () => true, answerMs = 60_000 }: Discarding = {},
): Promise<readonly string[]> => {
  const filters = withLabels(labels)
  const ask = <T>(call: () => Promise<T>): Promise<T> => answered(answerMs, call)
  const removed: string[] = []
  for (const container of await ask(() => docker.listContainers({ all: true, filters }))) {
    if (!chosen(container.Labels)) continue
    await gone(() => ask(() => docker.getContainer(container.Id).remove({ force: true, v: true })))
    removed.push(container.Names[0]?.slice(1) ?? container.Id)
  }
  for (const volume of (await ask(() => docker.listVolumes({ filters }))).Volumes ?? []) {
    if (!chosen(volume.Labels)) continue
    await gone(() => ask(() => docker.getVolume(volume.Name).remove()))
    removed.push(volume.Name)
  }
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

/**
 * Removes what earlier processes of this worker left behind: containers and volumes of attempts that are
 * not open any more. Called at the start, once it is known which attempts are open.
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
      { [label.installation]: installation, [label.worker]: workerId },
      { chosen: (labels) => !isOpen(labels[label.job] ?? '', Number(labels[label.attempt])) },
    )
    if (removed.length > 0) logger?.info({ removed }, 'removed what ended attempts had left')
    return removed
  } catch (error) {
    logger?.warn({ error: messageOf(error) }, 'cannot remove what ended attempts have left')
    return []
  }
}
