import { type ContainerInspectInfo } from 'dockerode'
import { type Recorded } from '../../../core/event/event.ts'
import { type Context, patienceOf } from './context.ts'
import { create, inspect } from './create.ts'
import { steadily } from './engine.ts'
import { provideImage } from './image.ts'
import { readManifests } from './manifests.ts'
import { layoutOf } from './mounts.ts'
import { type Plan } from './options.ts'
import { answered } from './silence.ts'
import { specOf } from './spec.ts'
import { type DoneStep, findDone } from './stepCache.ts'
import { stepHash } from './stepHash.ts'

/** What an attempt begins with: a container that may be started, or the outputs of an earlier attempt. */
export type Prepared =
  { readonly container: ContainerInspectInfo } | { readonly earlier: DoneStep; readonly stepHash: string }

/**
 * The container of an attempt: the one that is there, or a new one; or what the same step gave before, where the
 * flow allows that. A container of that name exists only after its volumes were filled to the end, so whoever
 * finds it may start it, and it is made only once.
 */
export const prepare = async (assigned: Recorded<'ModelAssigned'>, context: Context): Promise<Prepared> => {
  const patience = patienceOf(context)
  const present = await steadily('looking for the container', () => inspect(assigned, context), patience)
  if (present) return { container: present }
  const plan = await planOf(assigned, context)
  const earlier = plan.spec.cache ? await findDone(plan.stepHash, plan.spec, context) : undefined
  if (earlier) return { earlier, stepHash: plan.stepHash }
  const container = await steadily(
    'creating the container',
    async () => (await inspect(assigned, context)) ?? (await create(assigned, plan, context)),
    patience,
  )
  return { container }
}

/** All that must be known before a container is made: its image is here, and what goes into it was listed. */
const planOf = async ({ data }: Recorded<'ModelAssigned'>, context: Context): Promise<Plan> => {
  const { config, docker, store } = context
  const patience = patienceOf(context)
  const spec = specOf(data.spec)
  const layout = layoutOf(spec)
  const image = await provideImage(spec.docker_kwargs.image, spec.pull_before_exec, context)
  const inputs = await steadily(
    'reading what the inputs are',
    () => readManifests(spec, data.inputs, store),
    patience,
  )
  const hostCpus =
    spec.cpus === undefined
      ? undefined
      : await steadily('asking for the CPUs', () => answered(config.answerMs, () => cpusOf(docker)), patience)
  return {
    ...{ assigned: data, spec, layout, config, inputs, hostCpus },
    imageId: image.id,
    imageDigest: image.digest,
    stepHash: stepHash({ spec, imageDigest: image.digest, inputs }),
  }
}

const cpusOf = async (docker: Context['docker']): Promise<number> =>
  ((await docker.info()) as { NCPU: number }).NCPU
