import { type Pool } from 'pg'
import { type Logger } from 'pino'
import pRetry from 'p-retry'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { migrate } from '../../infra/postgres/migrate.ts'
import { withClient } from '../../infra/postgres/pool.ts'
import { type Positions, isBehind, loadPositions, placeOf } from './positions.ts'
import { pieces, projectAll } from './project.ts'
import { type Projections } from './projection.ts'
import { type LogRecord, type Source } from './record.ts'
import { liveSchema } from './schema.ts'

export interface ProjectorOptions {
  readonly pool: Pool
  readonly schema?: string
  readonly projections: Projections
  readonly source: Source
  readonly logger: Logger
  readonly signal: AbortSignal
}

/**
 * Projects the log into a schema until `signal` is aborted: creates what is missing, goes on from the
 * stored offsets, and tries again for ever while Postgres or the log is away. Any number may run at once.
 */
export const runProjector = async (options: ProjectorOptions): Promise<void> => {
  const { logger, signal } = options
  const round = async (): Promise<void> => {
    let moved = false
    try {
      await follow(options, () => (moved = true))
    } catch (error) {
      if (signal.aborted) return
      // Whatever it was, it is worth another try; pRetry would give up on a TypeError.
      if (!moved) throw new Error(messageOf(error), { cause: error })
      logger.warn({ error: messageOf(error) }, 'the projector begins again at its stored offsets')
    }
  }
  while (!signal.aborted)
    await pRetry(round, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 100,
      maxTimeout: 10_000,
      signal,
      onFailedAttempt: ({ error }) => {
        const level = isRadDeployError(error.cause, 'RD_PROJECTION_AHEAD') ? 'error' : 'warn'
        logger[level]({ error: error.message }, 'the projector cannot go on; trying again')
      },
    }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
}

/** Reads and projects; ends when the signal is aborted or when it must begin again elsewhere. */
const follow = async (options: ProjectorOptions, moved: () => void): Promise<void> => {
  const { pool, schema = liveSchema, projections, source, logger, signal } = options
  await migrate(pool, { schema, folders: projections.migrations })
  let positions = await loadPositions(pool, schema)
  const bounds = await source.partitions()
  for (const { topic, partition, high } of bounds) {
    const next = positions.get(placeOf({ topic, partition })) ?? 0n
    if (next > high)
      throw new RadDeployError(
        'RD_PROJECTION_AHEAD',
        `the tables have come to offset ${next} of ${topic}/${partition}, the log ends at ${high}: it is ` +
          'another log; run `raddeploy projections rebuild`',
        { topic, partition },
      )
  }
  const from = bounds.map(({ topic, partition, low }) => {
    const next = positions.get(placeOf({ topic, partition })) ?? low
    return { topic, partition, offset: next > low ? next : low }
  })
  logger.info({ schema, partitions: from.length }, 'projecting')
  for await (const batch of source.read(from, signal)) {
    for (const piece of pieces(batch)) {
      const next = await take({ pool, schema, projections }, positions, piece)
      if (!next) {
        logger.info({ schema }, 'the tables are those of an earlier offset; reading again from there')
        return moved()
      }
      positions = next
    }
    moved()
    if (signal.aborted) return
  }
  if (!signal.aborted) throw new Error('the log ended')
}

/** Projects one piece. Undefined where the schema turns out to be behind what was read already. */
const take = async (
  { pool, schema, projections }: { pool: Pool; schema: string; projections: Projections },
  known: Positions,
  piece: readonly LogRecord[],
): Promise<Positions | undefined> => {
  let positions = known
  for (;;)
    try {
      return await withClient(pool, (client) => projectAll(client, { schema, projections, positions }, piece))
    } catch (error) {
      if (!isRadDeployError(error, 'RD_PROJECTION_CONFLICT')) throw error
      const found = await loadPositions(pool, schema)
      if (isBehind(found, positions)) return undefined
      positions = found
    }
}
