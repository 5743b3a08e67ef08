import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { isRadDeployError, messageOf } from '../../../core/error/error.ts'
import { type Model } from '../../../core/flow/schema.ts'
import { objectRefSchema } from '../../../core/manifest/manifest.ts'
import { key } from '../../../infra/s3/key.ts'
import { type ObjectStore } from '../../../infra/s3/store.ts'
import { ahead } from './ahead.ts'
import { type Context, patienceOf } from './context.ts'
import { oneLine, steadily } from './engine.ts'
import { filesOf } from './manifests.ts'

/** The object of a step: the first attempt that did it and asked for this (`cache: true`), and its outputs. */
export const doneStepSchema = z.object({
  runId: z.string().min(1),
  jobId: z.string().min(1),
  attempt: z.number().int().positive(),
  outputs: z.array(
    z.object({
      name: z.string().min(1),
      manifest: objectRefSchema,
      files: z.number().int().nonnegative(),
      bytes: z.number().int().nonnegative(),
    }),
  ),
})
export type DoneStep = z.infer<typeof doneStepSchema>

const lookingAtOnce = 16

/**
 * The earlier attempt at a step whose outputs are all still there. Never fails: whatever keeps them from being used
 * again is a warning, and the model runs.
 */
export const findDone = async (
  stepHash: string,
  spec: Pick<Model, 'output_mounts'>,
  { store, logger }: Pick<Context, 'store' | 'logger'>,
): Promise<DoneStep | undefined> => {
  try {
    const text = await readWhereThere(key.doneStep(stepHash), store)
    if (text === undefined) return undefined
    const done = doneStepSchema.parse(JSON.parse(text))
    const missing = await missingOf(done, spec, store)
    if (missing === undefined) return done
    // an index, not history: whoever does the step next is found instead
    await store.remove(key.doneStep(stepHash))
    logger.warn({ stepHash, missing }, 'not all outputs of this step are there any more; it runs again')
  } catch (error) {
    logger.warn(
      { stepHash, error: oneLine(messageOf(error)) },
      'cannot look for earlier outputs of this step; it runs',
    )
  }
  return undefined
}

/**
 * Keeps the outputs of a step for later attempts. The first that did it holds; that it cannot be kept is a warning,
 * since the model has ended well.
 */
export const keepDone = async (stepHash: string, done: DoneStep, context: Context): Promise<void> => {
  const { store, logger, signal } = context
  try {
    await steadily(
      'keeping the step',
      () => putUnlessThere(key.doneStep(stepHash), done, store),
      patienceOf(context),
    )
  } catch (error) {
    if (signal.aborted) return
    logger.warn({ stepHash, error: oneLine(messageOf(error)) }, 'this step will not be found again')
  }
}

const readWhereThere = async (objectKey: string, store: ObjectStore): Promise<string | undefined> => {
  try {
    return (await buffer(await store.get(objectKey))).toString()
  } catch (error) {
    if (isRadDeployError(error, 'RD_NOT_FOUND')) return undefined
    throw error
  }
}

const putUnlessThere = async (objectKey: string, done: DoneStep, store: ObjectStore): Promise<void> => {
  try {
    await store.putJson(objectKey, done)
  } catch (error) {
    if (!isRadDeployError(error, 'RD_S3_CONFLICT')) throw error
  }
}

/** A mount without outputs, or the key of an object that is not there as it was; undefined where all is well. */
const missingOf = async (
  { outputs }: DoneStep,
  spec: Pick<Model, 'output_mounts'>,
  store: ObjectStore,
): Promise<string | undefined> => {
  for (const name of Object.keys(spec.output_mounts))
    if (!outputs.some((mount) => mount.name === name)) return name
  for (const mount of outputs) {
    const files = await filesOf(mount, store)
    for await (const [{ object }, isThere] of ahead(files, lookingAtOnce, ({ object }) => store.has(object)))
      if (!isThere) return object.key
  }
  return undefined
}
