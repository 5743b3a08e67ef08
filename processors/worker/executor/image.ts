import { type Readable, addAbortSignal } from 'node:stream'
import { messageOf } from '../../../core/error/error.ts'
import { type Context, patienceOf } from './context.ts'
import { readCredentials } from './credentials.ts'
import { isGone, oneLine, reasonOf, statusOf, steadily } from './engine.ts'
import { failure } from './failure.ts'
import { digestOf, imageNameOf } from './imageName.ts'
import { answered, isSilence, whileMoving } from './silence.ts'

/** An image on this engine. `digest` is that of its repository, or its id where it never had one. */
export interface Image {
  readonly id: string
  readonly digest: string
}

/**
 * Brings an image: pulled first where the flow wants that, or where it is missing. A pull that fails while
 * the image is there is a warning, since the event states which image was run.
 */
export const provideImage = async (name: string, pullFirst: boolean, context: Context): Promise<Image> => {
  const find = () => steadily('looking for the image', () => inspect(name, context), patienceOf(context))
  const present = await find()
  if (present && !pullFirst) return present
  try {
    const bound = present ? answerWithinMs : undefined
    await steadily('pulling the image', () => pull(name, bound, context), patienceOf(context))
  } catch (error) {
    if (context.signal.aborted || isGone(error)) throw error
    const reason = reasonOf(error)
    if (!present)
      throw failure(
        'image',
        `image ${name} is not on this worker and cannot be pulled: ${reason}; ${adviceOn(reason, name)}`,
        error,
      )
    context.logger.warn({ image: name, reason }, 'cannot pull; running the image that is here')
    return present
  }
  const pulled = await find()
  if (!pulled) throw failure('image', `image ${name} is not there after it was pulled; see the Docker Engine`)
  return pulled
}

/** What may help against a pull that failed, by the words of the engine and of registries. */
export const adviceOn = (reason: string, image: string): string => {
  const { registry } = imageNameOf(image)
  if (/credentials|unauthorized|authentication|denied/i.test(reason))
    return `correct its name, or let the worker in: docker login ${registry} as the user it runs as`
  if (/refused|no such host|timeout|deadline|does not answer|unreachable/i.test(reason))
    return `correct its name, start its registry, or bring it here`
  return 'correct its name, or bring it here'
}

const inspect = async (name: string, { docker, config }: Context): Promise<Image | undefined> => {
  try {
    const { Id, RepoDigests } = await answered(config.answerMs, () => docker.getImage(name).inspect())
    return { id: Id, digest: digestOf(name, RepoDigests ?? []) ?? Id }
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    // 400: what the flow calls an image is no image name
    if (statusOf(error) === 400) throw failure('image', `${reasonOf(error)}; correct the flow`, error)
    throw error
  }
}

/** A registry that cannot be reached must not keep a model waiting whose image is here. */
const answerWithinMs = 20_000

const pull = async (
  name: string,
  bound: number | undefined,
  { docker, signal, config, logger }: Context,
): Promise<void> => {
  const authconfig = await readCredentials(imageNameOf(name).registry, config.dockerConfig, logger)
  return whileMoving(config.stallMs, signal, async (moved, until) => {
    const progress = await whileMoving(bound ?? config.stallMs, until, (_, abortSignal) =>
      docker.pull(name, { abortSignal, ...(authconfig && { authconfig }) }),
    ).catch((error: unknown) => {
      if (isSilence(error)) throw failure('image', 'the registry does not answer', error)
      // the engine reports trouble with a registry as its own error 500: no use in asking again
      if (statusOf(error) !== undefined) throw failure('image', reasonOf(error), error)
      throw error
    })
    moved()
    let rest = ''
    for await (const chunk of addAbortSignal(until, progress as Readable)) {
      moved()
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop()!
      for (const line of lines) refuse(line)
    }
    refuse(rest)
  }).catch((error: unknown) => {
    if (isSilence(error)) throw failure('image', `nothing came of it for ${config.stallMs / 1000} s`, error)
    throw error
  })
}

/** A pull that breaks off says so inside an answer that began well. */
const refuse = (line: string): void => {
  if (line.trim() === '') return
  let report: { error?: unknown }
  try {
    report = JSON.parse(line) as { error?: unknown }
  } catch (error) {
    throw failure('image', `the pull ended with ${messageOf(error)}`, error)
  }
  if (report.error !== undefined) throw failure('image', oneLine(String(report.error)))
}
