import { type ClientBase, type Pool } from 'pg'
import { type Position } from '../../core/event/event.ts'
import { RadDeployError } from '../../core/error/error.ts'
import { inSchema } from './schema.ts'

/** Next offset to project, by place. */
export type Positions = ReadonlyMap<string, bigint>

/** The name of a partition. A topic's name has no slash. */
export const placeOf = ({ topic, partition }: Omit<Position, 'offset'>): string => `${topic}/${partition}`

/** How far a schema has come. */
export const loadPositions = async (client: ClientBase | Pool, schema: string): Promise<Positions> => {
  const { rows } = await client.query<{ topic: string; partition: number; next_offset: string }>(
    `select topic, partition, next_offset from ${inSchema(schema, 'projection_offsets')}`,
  )
  return new Map(rows.map((row) => [placeOf(row), BigInt(row.next_offset)]))
}

/** True when `found` has not come as far as `known` somewhere: what was written since is not in it. */
export const isBehind = (found: Positions, known: Positions): boolean =>
  [...known].some(([place, next]) => (found.get(place) ?? 0n) < next)

/** The positions behind a batch. */
export const ceilingsOf = (batch: readonly { readonly at: Position }[]): readonly Position[] => {
  const last = new Map<string, Position>()
  for (const { at } of batch) last.set(placeOf(at), { ...at, offset: at.offset + 1n })
  return [...last.values()]
}

/**
 * Moves the offsets to the ceilings where they still are where `known` says; otherwise
 * RD_PROJECTION_CONFLICT: another projector was here, or the schema is another one than before.
 * The first statement of a transaction: its lock keeps the schema from being swapped before the end.
 */
export const movePositions = async (
  client: ClientBase,
  schema: string,
  known: Positions,
  ceilings: readonly Position[],
): Promise<void> => {
  const table = inSchema(schema, 'projection_offsets')
  const columns = [
    ceilings.map(({ topic }) => topic),
    ceilings.map(({ partition }) => partition),
    ceilings.map((at) => known.get(placeOf(at))?.toString() ?? null),
    ceilings.map(({ offset }) => offset.toString()),
  ]
  const wanted =
    'unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) as w(topic, partition, floor, ceiling)'
  const moved = await client.query(
    `update ${table} as o set next_offset = w.ceiling from ${wanted}
     where o.topic = w.topic and o.partition = w.partition and o.next_offset = w.floor`,
    columns,
  )
  const begun = ceilings.some((at) => !known.has(placeOf(at)))
    ? await client.query(
        `insert into ${table} (topic, partition, next_offset)
         select topic, partition, ceiling from ${wanted} where floor is null on conflict do nothing`,
        columns,
      )
    : { rowCount: 0 }
  if ((moved.rowCount ?? 0) + (begun.rowCount ?? 0) !== ceilings.length)
    throw new RadDeployError(
      'RD_PROJECTION_CONFLICT',
      'another projector moved the offsets first; load them and go on from there',
      { schema, places: ceilings.map(placeOf) },
    )
}
