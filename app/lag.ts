import { type Admin } from 'kafkajs'
import { RadDeployError, messageOf } from '../core/error/error.ts'
import { groupOf, topicsOf } from '../processors/runtime/drive.ts'
import { loadPositions } from '../projections/runtime/positions.ts'
import { liveSchema } from '../projections/runtime/schema.ts'
import { boundsOf, type Bounds } from '../infra/kafka/reader.ts'
import { topics } from '../infra/kafka/topics.ts'
import { workerIdOf } from './config.ts'
import { type Connections } from './connect.ts'
import { declared } from './declared.ts'
import { serviceNames } from './names.ts'
import { dropName } from './waysIn.ts'

/** Whether a processor has live members, and how many records it has not handled. */
export interface ProcessorState {
  readonly name: string
  readonly state: 'running' | 'stopped'
  readonly lag: number
}

/** The state of every processor but what listens, which has no group; RD_STACK_NOT_RUNNING where Kafka is away. */
export const processorStates = async ({
  kafka,
  config,
  pool,
}: Connections): Promise<readonly ProcessorState[]> => {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const bounds = await boundsOf(
      kafka,
      topics.map(({ name }) => name),
    )
    const living = await livingGroups(admin)
    const states: ProcessorState[] = []
    for (const name of serviceNames.filter((one) => one in declared) as (keyof typeof declared)[]) {
      const processor = declared[name]
      const own = groupOf(processor, name === 'worker' ? workerIdOf(config) : config.instance)
      // Each worker has a group of its own; of several the one that is furthest behind counts.
      const isOf = name === 'worker' ? startsWith(groupOf(processor, '')) : (id: string) => id === own
      const running = living.filter(isOf)
      const reads = topicsOf(processor)
      const lags: number[] = []
      for (const groupId of running.length > 0 ? running : [own])
        lags.push(lagOf(bounds, reads, await offsetsOf(admin, groupId, reads)))
      states.push({ name, state: stateOf(running), lag: Math.max(...lags) })
    }
    // The projector keeps its offsets with its rows; that it lives shows in the group it reads as.
    const projecting = living.filter(startsWith('raddeploy.projector.'))
    const done = await loadPositions(pool, liveSchema).catch(() => new Map<string, bigint>())
    const everything = topics.map(({ name }) => name)
    // The watched folder is no topic: nothing of it is behind.
    const watching = living.filter(startsWith('raddeploy.flows.'))
    // Nor is the drop folder: that somebody watches it shows in what closes its associations.
    const dropping = living.filter((id) => id === groupOf(declared.reaper, dropName(config.instance)))
    return [
      ...(config.drop ? [{ name: 'drop', state: stateOf(dropping), lag: 0 }] : []),
      { name: 'flows', state: stateOf(watching), lag: 0 },
      ...states,
      { name: 'projector', state: stateOf(projecting), lag: lagOf(bounds, everything, done) },
    ]
  } catch (error) {
    throw new RadDeployError(
      'RD_STACK_NOT_RUNNING',
      `the servers do not answer (${messageOf(error)}); start them with: raddeploy up`,
      {},
      error,
    )
  } finally {
    await admin.disconnect()
  }
}

/** Our consumer groups that have members now. */
const livingGroups = async (admin: Admin): Promise<readonly string[]> => {
  const ours = (await admin.listGroups()).groups
    .map(({ groupId }) => groupId)
    .filter(startsWith('raddeploy.'))
  const { groups } = ours.length > 0 ? await admin.describeGroups(ours) : { groups: [] }
  return groups.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId)
}

const startsWith =
  (beginning: string) =>
  (groupId: string): boolean =>
    groupId.startsWith(beginning)

const stateOf = (running: readonly string[]): ProcessorState['state'] =>
  running.length > 0 ? 'running' : 'stopped'

const offsetsOf = async (
  admin: Admin,
  groupId: string,
  names: string[],
): Promise<ReadonlyMap<string, bigint>> =>
  new Map(
    (await admin.fetchOffsets({ groupId, topics: names })).flatMap(({ topic, partitions }) =>
      partitions.map((one) => [`${topic}/${one.partition}`, BigInt(one.offset)]),
    ),
  )

const lagOf = (
  bounds: readonly Bounds[],
  names: readonly string[],
  done: ReadonlyMap<string, bigint>,
): number =>
  bounds
    .filter(({ topic }) => names.includes(topic))
    .reduce((sum, { topic, partition, low, high }) => {
      const at = done.get(`${topic}/${partition}`) ?? low
      return sum + Math.max(0, Number(high - (at < low ? low : at)))
    }, 0)
