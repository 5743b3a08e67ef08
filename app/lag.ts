import { type Admin } from 'kafkajs'
import { RadDeployError, messageOf } from '../core/error/error.ts'
import { groupOf, topicsOf } from '../processors/runtime/drive.ts'
import { loadPositions } from '../projections/runtime/positions.ts'
import { liveSchema } from '../projections/runtime/schema.ts'
import { boundsOf, type Bounds } from '../infra/kafka/reader.ts'
import { topics } from '../infra/kafka/topics.ts'
import { type Connections } from './connect.ts'
import { declared } from './declared.ts'
import { serviceNames } from './names.ts'

/** Whether a processor has live members, and how many records it has not handled. */
export interface ProcessorState {
  readonly name: string
  readonly state: 'running' | 'stopped'
  readonly lag: number
}

/** The state of every processor but the SCP, which has no group; RD_STACK_NOT_RUNNING where Kafka is away. */
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
    const groups = new Map(
      Object.entries(declared).map(([name, processor]) => [name, groupOf(processor, config.instance)]),
    )
    const { groups: described } = await admin.describeGroups([...groups.values()])
    const states: ProcessorState[] = []
    for (const name of serviceNames.filter((one) => one in declared) as (keyof typeof declared)[]) {
      const groupId = groups.get(name)!
      const members = described.find((group) => group.groupId === groupId)?.members.length ?? 0
      const offsets = await admin.fetchOffsets({ groupId, topics: topicsOf(declared[name]) })
      const done = new Map(
        offsets.flatMap(({ topic, partitions }) =>
          partitions.map((one) => [`${topic}/${one.partition}`, BigInt(one.offset)]),
        ),
      )
      states.push({
        name,
        state: members > 0 ? 'running' : 'stopped',
        lag: lagOf(bounds, topicsOf(declared[name]), done),
      })
    }
    return [...states, await projectorState(admin, pool, bounds)]
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

/** The projector keeps its offsets with its rows; that it lives shows in the group it reads as. */
const projectorState = async (
  admin: Admin,
  pool: Connections['pool'],
  bounds: readonly Bounds[],
): Promise<ProcessorState> => {
  const { groups } = await admin.listGroups()
  const own = groups
    .map(({ groupId }) => groupId)
    .filter((groupId) => groupId.startsWith('raddeploy.projector.'))
  const { groups: described } = own.length > 0 ? await admin.describeGroups(own) : { groups: [] }
  const done = await loadPositions(pool, liveSchema).catch(() => new Map<string, bigint>())
  const lag = lagOf(
    bounds,
    topics.map(({ name }) => name),
    done,
  )
  return {
    name: 'projector',
    state: described.some(({ members }) => members.length > 0) ? 'running' : 'stopped',
    lag,
  }
}
