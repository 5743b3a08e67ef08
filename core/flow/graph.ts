/** The mounts of a model, as far as the order of models goes. */
export interface Mounted {
  readonly name?: string
  readonly input_mounts: Readonly<Record<string, string>>
  readonly output_mounts: Readonly<Record<string, string>>
}
interface Graph {
  readonly models: readonly Mounted[]
}

/** What was received: read by any number of models, written by none. */
export const source = 'src'
/** What is sent: written by exactly one model, read by none. */
export const result = 'dst'

/** An edge of the graph: `to` needs what `from` writes. */
export interface Edge {
  readonly from: number
  readonly to: number
  readonly mount: string
}

/** Every edge between models, in the order of the models. */
export const edgesOf = ({ models }: Graph): readonly Edge[] =>
  models.flatMap((model, from) =>
    Object.keys(model.output_mounts)
      .filter((mount) => mount !== source && mount !== result)
      .flatMap((mount) =>
        models.flatMap((reader, to) =>
          Object.hasOwn(reader.input_mounts, mount) ? [{ from, to, mount }] : [],
        ),
      ),
  )

/**
 * Indexes of the models that can start: all their inputs are available, and they have not begun.
 * @param available names of the mounts whose files exist; `src` is one of them from the beginning.
 * @param begun indexes of the models that were queued, run, or are done.
 */
export const ready = (
  { models }: Graph,
  available: Iterable<string>,
  begun: Iterable<number>,
): readonly number[] => {
  const mounts = new Set(available)
  const gone = new Set(begun)
  return models.flatMap((model, index) =>
    !gone.has(index) && Object.keys(model.input_mounts).every((mount) => mounts.has(mount)) ? [index] : [],
  )
}

/**
 * The models in topological levels: those of one level need only what earlier levels write. Models that wait
 * for each other, or for what comes out of a cycle, are in no level.
 */
export const levels = (flow: Graph): readonly (readonly number[])[] => {
  const edges = edgesOf(flow)
  const placed = new Set<number>()
  const found: number[][] = []
  for (;;) {
    const level = flow.models.flatMap((_, index) =>
      !placed.has(index) && edges.every(({ from, to }) => to !== index || placed.has(from)) ? [index] : [],
    )
    if (level.length === 0) return found
    found.push(level)
    for (const index of level) placed.add(index)
  }
}

/** A cycle as the edges that close it, from its first model on; undefined where there is none. */
export const cycleOf = (flow: Graph): readonly Edge[] | undefined => {
  const placed = new Set(levels(flow).flat())
  const edges = edgesOf(flow).filter(({ from, to }) => !placed.has(from) && !placed.has(to))
  if (edges.length === 0) return undefined
  // Every model that is left waits for another one that is left: following them back must come round.
  const path: Edge[] = []
  for (let at = edges[0]!.to; !path.some(({ to }) => to === at); at = path[0]!.from)
    path.unshift(edges.find(({ to }) => to === at)!)
  const end = path.findIndex(({ to }) => to === path[0]!.from)
  const cycle = path.slice(0, end + 1)
  const first = cycle.findIndex(({ from }) => from === Math.min(...cycle.map((edge) => edge.from)))
  return [...cycle.slice(first), ...cycle.slice(0, first)]
}

/** Something about the mounts that cannot be, at a key of the flow file. */
export interface MountFault {
  readonly cycle?: true
  readonly path: readonly (string | number)[]
  readonly reason: string
}

/** Name of a model for people: its own, or its place in the flow. */
export const modelName = ({ models }: Graph, index: number): string =>
  models[index]?.name ?? `models[${index}]`

const nameAt = ({ models }: Graph, index: number): string => {
  const name = models[index]?.name
  return name === undefined ? `models[${index}]` : `models[${index}] (${name})`
}

const cycleFault = (flow: Graph): readonly MountFault[] => {
  const cycle = cycleOf(flow)
  if (cycle === undefined) return []
  const steps = cycle.map(({ from, mount }) => `${nameAt(flow, from)} -${mount}→ `).join('')
  const { from, to, mount } = cycle.at(-1)!
  return [
    {
      cycle: true,
      path: ['models', to, 'input_mounts', mount],
      reason:
        from === to
          ? `the model needs its own output "${mount}"`
          : `the models wait for each other: ${steps}${nameAt(flow, to)}`,
    },
  ]
}

const samePaths = (model: Mounted, index: number): readonly MountFault[] => {
  const mountAt = new Map<string, string>()
  return (['input_mounts', 'output_mounts'] as const).flatMap((side) =>
    Object.entries(model[side]).flatMap(([mount, path]) => {
      const first = mountAt.get(path)
      mountAt.set(path, first ?? mount)
      if (first === undefined) return []
      return [{ path: ['models', index, side, mount], reason: `"${first}" is already mounted at ${path}` }]
    }),
  )
}

/**
 * All that is wrong with the mounts: `src` is only read, `dst` is written once and never read, every other
 * name is written once and read, no model waits for itself.
 */
export const mountFaults = (flow: Graph): readonly MountFault[] => {
  const { models } = flow
  if (models.length === 0) return []
  const faults: MountFault[] = []
  const writers = new Map<string, number>()
  const readers = new Set(models.flatMap((model) => Object.keys(model.input_mounts)))

  models.forEach((model, index) => {
    for (const mount of Object.keys(model.output_mounts)) {
      const path = ['models', index, 'output_mounts', mount]
      const first = writers.get(mount)
      if (mount === source) faults.push({ path, reason: '"src" is what was received and cannot be written' })
      else if (first !== undefined)
        faults.push({
          path,
          reason: `"${mount}" is already written by ${nameAt(flow, first)}; a name is written once`,
        })
      else if (mount !== result && !readers.has(mount))
        faults.push({ path, reason: `no model reads "${mount}"; only "dst" is sent` })
      if (first === undefined) writers.set(mount, index)
    }
  })
  models.forEach((model, index) => {
    faults.push(...samePaths(model, index))
    for (const mount of Object.keys(model.input_mounts)) {
      const path = ['models', index, 'input_mounts', mount]
      if (mount === result)
        faults.push({ path, reason: '"dst" is what is sent and cannot be read by a model' })
      else if (mount !== source && !writers.has(mount))
        faults.push({ path, reason: `no model writes "${mount}"` })
    }
  })
  if (!writers.has(result))
    faults.push({ path: ['models'], reason: '"dst" is missing: no model writes what is to be sent' })
  if (!readers.has(source))
    faults.push({ path: ['models'], reason: '"src" is missing: no model reads what was received' })
  return [...faults, ...cycleFault(flow)]
}
