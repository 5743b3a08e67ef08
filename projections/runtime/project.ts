import { type ClientBase, DatabaseError } from 'pg'
import { type Recorded } from '../../core/event/event.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type Positions, ceilingsOf, movePositions, placeOf } from './positions.ts'
import { type Projections, type RowChange } from './projection.ts'
import { type LogRecord, type UndecodableRecord, type UnknownRecord } from './record.ts'
import { write, writeNew } from './write.ts'

/** Into which schema what is projected, and how far it has come as far as the caller knows. */
export interface ProjectOptions {
  readonly schema: string
  readonly projections: Projections
  readonly positions: Positions
}

/**
 * Projects a batch: rows and offsets in one transaction, so that either all of it counts or nothing.
 * Records below the positions are passed over. Returns the new positions. Errors: RD_PROJECTION_CONFLICT
 * where the positions are not those of the schema, RD_PROJECTION_FAILED where an event is the cause.
 */
export const project = async (
  client: ClientBase,
  { schema, projections, positions }: ProjectOptions,
  batch: readonly LogRecord[],
): Promise<Positions> => {
  const records = batch.filter(({ at }) => at.offset >= (positions.get(placeOf(at)) ?? 0n))
  if (records.length === 0) return positions
  const ceilings = ceilingsOf(records)
  // Nothing is lost with a commit that was not yet on disk: its offsets went with it.
  await client.query('begin; set local synchronous_commit = off')
  try {
    await movePositions(client, schema, positions, ceilings)
    const fresh = await keep(client, schema, projections, records)
    await write(client, schema, changesOf(projections, fresh))
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw isBadData(error) ? failed(error) : error
  }
  return new Map([...positions, ...ceilings.map((at): [string, bigint] => [placeOf(at), at.offset])])
}

/**
 * As `project`, but an event that cannot be projected is named in undecodable_records and does not stop
 * the rest: the batch is halved until it stands alone.
 */
export const projectAll = async (
  client: ClientBase,
  options: ProjectOptions,
  batch: readonly LogRecord[],
): Promise<Positions> => {
  try {
    return await project(client, options, batch)
  } catch (error) {
    if (!isRadDeployError(error, 'RD_PROJECTION_FAILED')) throw error
    if (batch.length === 1) return project(client, options, [{ at: batch[0]!.at, undecodable: error }])
    const half = Math.ceil(batch.length / 2)
    const positions = await projectAll(client, options, batch.slice(0, half))
    return projectAll(client, { ...options, positions }, batch.slice(half))
  }
}

/** Records of one transaction at most. */
const pieceSize = 5000

/** Cuts a batch into pieces that one transaction each can take. */
export const pieces = (batch: readonly LogRecord[]): readonly (readonly LogRecord[])[] =>
  Array.from({ length: Math.ceil(batch.length / pieceSize) }, (_, index) =>
    batch.slice(index * pieceSize, (index + 1) * pieceSize),
  )

/** Keeps every record in the table it belongs to; returns the events whose id was not there before. */
const keep = async (
  client: ClientBase,
  schema: string,
  { ledger }: Projections,
  records: readonly LogRecord[],
): Promise<readonly Recorded[]> => {
  const named = records.filter(isNamed)
  const written = await writeNew<{ topic: string; partition: number; offset: string }>(
    client,
    schema,
    named.map((record) => attempt(() => ledger.map(record))),
    ['topic', 'partition', 'offset'],
  )
  const fresh = new Set(written.map((at) => `${placeOf(at)}@${at.offset}`))
  const isFresh = ({ at }: LogRecord): boolean => fresh.has(`${placeOf(at)}@${at.offset}`)
  await write(client, schema, [
    ...named.filter((record) => !isFresh(record)).map(repeated),
    ...records.filter((record) => 'undecodable' in record).map(undecodable),
  ])
  return named.filter((record) => 'data' in record).filter(isFresh)
}

const isNamed = (record: LogRecord): record is Recorded | UnknownRecord => 'meta' in record

const repeated = (record: Recorded | UnknownRecord): RowChange => ({
  table: 'repeated_records',
  key: { ...record.at },
  set: { id: record.meta.id, type: 'data' in record ? record.type : record.unknown },
})

const undecodable = ({ at, undecodable: { code, message } }: UndecodableRecord): RowChange => ({
  table: 'undecodable_records',
  key: { ...at },
  set: { code, reason: message },
})

const changesOf = ({ list }: Projections, events: readonly Recorded[]): readonly RowChange[] =>
  events.flatMap((event) =>
    list
      .filter(({ reads }) => reads.includes(event.type))
      .flatMap((projection) => attempt(() => projection.map(event))),
  )

/** What a pure function throws is the fault of the event it was given. */
const attempt = <T>(map: () => T): T => {
  try {
    return map()
  } catch (error) {
    throw failed(error)
  }
}

const failed = (error: unknown): RadDeployError =>
  isRadDeployError(error)
    ? error
    : new RadDeployError(
        'RD_PROJECTION_FAILED',
        `the event cannot be projected: ${messageOf(error)}`,
        {},
        error,
      )

/** Classes 21, 22, 23 and 54 of SQLSTATE: cardinality, data, integrity, program limits. */
const isBadData = (error: unknown): boolean =>
  error instanceof DatabaseError && /^(21|22|23|54)/.test(error.code ?? '')
