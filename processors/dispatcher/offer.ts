import { type Needs } from '../../core/flow/placement.ts'
import { type Gpu, type Worker } from './state.ts'

/** What a worker has, or has left, of what models need. Memory in bytes. */
export interface Offer {
  readonly cpus: number
  readonly memory: number
  readonly gpus: readonly Share[]
}

/** A GPU, and how much of it is free: all, so many bytes beside models that share it, or nothing. */
export interface Share extends Gpu {
  readonly free: 'all' | number
}

/** All that a worker offers while it runs nothing. A worker that states no memory takes models that state none. */
export const wholeOf = ({ cpus, memory, gpus }: Worker): Offer => ({
  cpus,
  memory,
  gpus: gpus.map((gpu): Share => ({ ...gpu, free: 'all' })),
})

/** What is left of an offer beside a model that has these GPUs. */
export const without = (offer: Offer, needs: Needs, ids: readonly string[]): Offer => ({
  cpus: offer.cpus - needs.cpus,
  memory: offer.memory - needs.memory,
  gpus: offer.gpus.map((gpu) => (ids.includes(gpu.id) ? shared(gpu, needs.gpuMemory) : gpu)),
})

const shared = (gpu: Share, bytes: number): Share => {
  if (bytes === 0) return { ...gpu, free: 0 }
  return { ...gpu, free: Math.max(0, (gpu.free === 'all' ? gpu.memory : gpu.free) - bytes) }
}

/**
 * The GPUs that a model gets, or undefined where there are too few. A model that says how much memory it needs
 * gets the GPU that has least to spare beside others, so that whole ones stay for those that need them.
 */
export const gpusFor = ({ gpus }: Offer, needs: Needs): readonly string[] | undefined => {
  if (needs.gpus === 0) return []
  const spare = ({ free, memory }: Share): number => (free === 'all' ? memory : free)
  const fitting =
    needs.gpuMemory === 0
      ? gpus.filter(({ free }) => free === 'all')
      : gpus
          .filter((gpu) => spare(gpu) >= needs.gpuMemory)
          .sort((a, b) => Number(a.free === 'all') - Number(b.free === 'all') || spare(a) - spare(b))
  return fitting.length < needs.gpus ? undefined : fitting.slice(0, needs.gpus).map(({ id }) => id)
}

/** Halves and thirds of CPUs do not add up exactly. */
const tolerance = 1e-6

/** True when there are CPUs and memory for a model. */
export const hasRoom = ({ cpus, memory }: Offer, needs: Needs): boolean =>
  cpus + tolerance >= needs.cpus && (needs.memory === 0 || memory >= needs.memory)

/** What keeps a worker from ever taking a model, in words; empty where it could. */
export const lacks = (worker: Worker, needs: Needs): readonly string[] => {
  const { slots, cpus, memory, gpus, labels } = worker
  const missing = needs.labels.filter((label) => !labels.includes(label))
  const fitting = gpus.filter((gpu) => gpu.memory >= needs.gpuMemory).length
  if (slots === 0) return ['no slots, for its Docker Engine does not answer']
  return [
    ...missing.map((label) => `no label "${label}"`),
    ...(cpus + tolerance < needs.cpus ? [`${cpus} CPUs instead of ${needs.cpus}`] : []),
    ...(memory < needs.memory ? [`${gib(memory)} of memory instead of ${gib(needs.memory)}`] : []),
    ...(fitting < needs.gpus ? [gpusText(fitting, gpus, needs)] : []),
  ]
}

const gpusText = (fitting: number, gpus: readonly Gpu[], needs: Needs): string => {
  if (gpus.length < needs.gpus)
    return gpus.length === 0 ? 'no GPU' : `${counted(gpus.length)} instead of ${needs.gpus}`
  return `${fitting === 0 ? 'no GPU' : `only ${counted(fitting)}`} known to have ${gib(needs.gpuMemory)}`
}

const counted = (gpus: number): string => (gpus === 1 ? '1 GPU' : `${gpus} GPUs`)

const gib = (bytes: number): string => `${Number((bytes / 1024 ** 3).toPrecision(3))} GiB`
