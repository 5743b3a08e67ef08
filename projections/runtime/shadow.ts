import { type Pool } from 'pg'
import { RadDeployError } from '../../core/error/error.ts'
import { withClient } from '../../infra/postgres/pool.ts'
import { type Positions, placeOf } from './positions.ts'
import { pieces, projectAll } from './project.ts'
import { type Projections } from './projection.ts'
import { type Bounds, type LogRecord, type Source } from './record.ts'

interface ShadowOptions {
  readonly pool: Pool
  readonly schema: string
  readonly projections: Projections
  readonly source: Source
  readonly progress: (done: bigint, total: bigint) => void
  readonly signal: AbortSignal
}

/** A schema that is being built, and the one reading of the log that fills it. */
export class Shadow {
  readonly #options: ShadowOptions
  readonly #batches: AsyncIterator<readonly LogRecord[]>
  readonly #reading = new AbortController()
  readonly #signal: AbortSignal
  /** Where each partition begins. Only these are read. */
  readonly #lows: Positions
  #positions: Positions = new Map()

  constructor(options: ShadowOptions, bounds: readonly Bounds[]) {
    this.#options = options
    this.#lows = new Map(bounds.map((one) => [placeOf(one), one.low]))
    this.#signal = AbortSignal.any([options.signal, this.#reading.signal])
    const from = bounds.map(({ topic, partition, low }) => ({ topic, partition, offset: low }))
    this.#batches = options.source.read(from, this.#signal)[Symbol.asyncIterator]()
  }

  /** Records between here and the ends of the partitions. */
  remaining(bounds: readonly Bounds[]): bigint {
    return bounds.reduce((sum, one) => {
      const next = this.#positions.get(placeOf(one)) ?? this.#lows.get(placeOf(one)) ?? one.high
      return one.high > next ? sum + one.high - next : sum
    }, 0n)
  }

  /** Reads and projects up to the ends of the partitions at least. */
  async catchUp(bounds: readonly Bounds[]): Promise<void> {
    this.#report(bounds)
    while (this.remaining(bounds) > 0n) {
      const { done, value: batch } = await this.#batches.next()
      if (done) {
        this.#signal.throwIfAborted()
        throw new RadDeployError(
          'RD_KAFKA_UNAVAILABLE',
          'the log ended before the rebuild had read it; try again',
        )
      }
      for (const piece of pieces(batch)) {
        this.#signal.throwIfAborted()
        const { pool, schema, projections } = this.#options
        const positions = this.#positions
        this.#positions = await withClient(pool, (client) =>
          projectAll(client, { schema, projections, positions }, piece),
        )
        this.#report(bounds)
      }
    }
  }

  /** Ends the reading. */
  async close(): Promise<void> {
    this.#reading.abort()
    await this.#batches.return?.()
  }

  #report(bounds: readonly Bounds[]): void {
    const total = bounds.reduce((sum, { high, low }) => (high > low ? sum + high - low : sum), 0n)
    this.#options.progress(total - this.remaining(bounds), total)
  }
}
