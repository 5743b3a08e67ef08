import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { type ContainerCreateOptions, type ContainerInspectInfo } from 'dockerode'
import { pack, type Pack } from 'tar-stream'
import { messageOf } from '../../../core/error/error.ts'
import { type Recorded } from '../../../core/event/event.ts'
import { type Context } from './context.ts'
import { isGone, reasonOf, statusOf } from './engine.ts'
import { failure } from './failure.ts'
import { configArchive, writeInputs } from './inputs.ts'
import { containerName, label } from './name.ts'
import { type Plan, draftName, fillFolder, fillerOptions, modelOptions, volumeName } from './options.ts'
import { answered, whileMoving } from './silence.ts'

/** The container of an attempt, where it has one. */
export const inspect = async (
  { data }: Recorded<'ModelAssigned'>,
  { docker, config }: Context,
): Promise<ContainerInspectInfo | undefined> => {
  try {
    const found = await answered(config.answerMs, () => docker.getContainer(containerName(data)).inspect())
    if (found.Config.Labels[label.installation] === config.installation) return found
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
  throw failure(
    'engine',
    `a container that is not ours is called ${containerName(data)}; remove it, then run the model again`,
  )
}

/**
 * Fills new volumes through a container that is never started, and creates the container on them meanwhile, under a
 * name by which nobody finds it: it gets its own once they are full. Two processes may do so at once: that name
 * decides, and the slower one takes what the faster one made.
 */
export const create = async (
  assigned: Recorded<'ModelAssigned'>,
  plan: Plan,
  context: Context,
): Promise<ContainerInspectInfo> => {
  const { docker, logger, config } = context
  const make = (options: ContainerCreateOptions): Promise<Docker.Container> =>
    creating(() => answered(config.answerMs, () => docker.createContainer(options)))
  const name = containerName(assigned.data)
  const stem = `${name}-${randomUUID().slice(0, 8)}`
  const draft = draftName(stem)
  let named = false
  try {
    await bothOrNeither(
      () => make(modelOptions(plan, stem, draft)),
      (signal) => fill(make(fillerOptions(plan, stem)), assigned, plan, { ...context, signal }),
      context.signal,
    )
    named = await naming(() => answered(config.answerMs, () => docker.getContainer(draft).rename({ name })))
  } finally {
    await remove(stem, named, plan, context).catch((error: unknown) =>
      // the volumes carry the attempt's labels: they go when the attempt ends
      logger.warn({ error: messageOf(error), stem }, 'cannot remove what filled the volumes; it goes later'),
    )
  }
  const found = await inspect(assigned, context)
  if (!found) throw failure('engine', 'the container vanished after it was created; see the Docker Engine')
  return found
}

/** Both at once. Where the quick one fails, the other is ended, and that is the error; each has settled by then. */
const bothOrNeither = async (
  quick: () => Promise<unknown>,
  other: (signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> => {
  const failed = new AbortController()
  const [first, second] = await Promise.allSettled([
    quick().catch((error: unknown) => {
      failed.abort(error)
      throw error
    }),
    other(AbortSignal.any([signal, failed.signal])),
  ])
  if (first.status === 'rejected') throw first.reason
  if (second.status === 'rejected') throw second.reason
}

/** False where another process was faster (409). */
const naming = async (step: () => Promise<unknown>): Promise<boolean> => {
  try {
    await step()
    return true
  } catch (error) {
    if (statusOf(error) === 409) return false
    throw error
  }
}

/** What the engine says to options it cannot take (400), or to an image that has just gone (404). */
const creating = async <T>(step: () => Promise<T>): Promise<T> => {
  try {
    return await step()
  } catch (error) {
    if (statusOf(error) === 400 || statusOf(error) === 404)
      throw failure('image', `the container cannot be created: ${reasonOf(error)}; correct the flow`, error)
    throw error
  }
}

const fill = async (
  filler: Promise<Docker.Container>,
  assigned: Recorded<'ModelAssigned'>,
  { spec, layout, inputs: files }: Plan,
  context: Context,
): Promise<void> => {
  const mtime = new Date(assigned.meta.time)
  if (layout.volumes.length > 0) {
    const tar = pack()
    const inputs = { layout, spec, files, store: context.store, mtime }
    await put(filler, fillFolder, tar, context, () => writeInputs(tar, inputs))
  }
  if (layout.config && !layout.config.volume)
    await put(filler, layout.config.folder, configArchive(spec, mtime), context)
  await filler
}

/**
 * Puts an archive while it is written, which begins before there is a container; of the errors of both sides the first
 * is the true one.
 */
const put = (
  container: Promise<Docker.Container>,
  path: string,
  tar: Pack,
  { config, signal }: Context,
  write: () => Promise<void> = () => Promise.resolve(),
): Promise<void> =>
  whileMoving(config.stallMs, signal, async (moved, abortSignal) => {
    let first: unknown
    const stop = (error: unknown): void => {
      first ??= error
      tar.destroy(error as Error)
    }
    const taken = Readable.from(each(tar, moved), { objectMode: false, highWaterMark: 1024 * 1024 })
    for (const stream of [tar, taken]) stream.on('error', () => undefined)
    await Promise.allSettled([
      container.then((made) => made.putArchive(taken, { path, abortSignal })).catch(stop),
      write().catch(stop),
    ])
    if (first !== undefined) throw first
  })

/** The same chunks; tells of each that it was taken. */
async function* each(chunks: AsyncIterable<unknown>, taken: () => void): AsyncGenerator<unknown> {
  for await (const chunk of chunks) {
    taken()
    yield chunk
  }
}

/** Removes what filled the volumes; all else that was made, too, unless the container has its name. */
const remove = async (
  stem: string,
  named: boolean,
  plan: Plan,
  { docker, config }: Context,
): Promise<void> => {
  const ask = (call: () => Promise<unknown>) => (): Promise<unknown> => answered(config.answerMs, call)
  for (const name of named ? [stem] : [stem, draftName(stem)])
    await ignoring(
      404,
      ask(() => docker.getContainer(name).remove({ force: true, v: true })),
    )
  if (named) return
  const names: (number | 'config')[] = [...plan.layout.volumes.keys(), 'config']
  // 409: in use, which means that the answer to our naming was lost and not the container
  for (const name of names)
    await ignoring(
      [404, 409],
      ask(() => docker.getVolume(volumeName(stem, name)).remove()),
    )
}

const ignoring = async (status: number | readonly number[], step: () => Promise<unknown>): Promise<void> => {
  try {
    await step()
  } catch (error) {
    if (![status].flat().includes(statusOf(error) ?? 0) || isGone(error)) throw error
  }
}
