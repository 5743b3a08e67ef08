import { type Recorded, topicOf } from '../../core/event/event.ts'
import { partitionOf } from '../../core/event/partition.ts'
import { topics } from '../../schemas/generated/definitions.ts'
import { placeOf } from '../../projections/runtime/positions.ts'
import { type Bounds, type LogRecord, type Source } from '../../projections/runtime/record.ts'

/** What to append: the log gives it its offset. */
export type Unplaced = LogRecord extends infer One ? (One extends LogRecord ? Omit<One, 'at'> : never) : never

const places = Object.entries(topics).flatMap(([topic, { partitions }]) =>
  Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
)

/** A log for tests of what reads one: partitions, offsets, waiting at the end; cut into batches as asked. */
export class ImaginedLog implements Source {
  readonly #partitions = new Map<string, LogRecord[]>(places.map((place) => [placeOf(place), []]))
  #wake: (() => void)[] = []
  readonly #batch: number

  constructor(batch = 100) {
    this.#batch = batch
  }

  /** Appends events to the partitions of their streams; gives them as they now stand. */
  append(...events: readonly Recorded[]): readonly Recorded[] {
    return events.map((event) => {
      const topic = topicOf(event.type)
      return this.appendAt(topic, partitionOf(topic, event.stream), event) as Recorded
    })
  }

  /** Appends any record to a partition. */
  appendAt(topic: string, partition: number, record: Unplaced): LogRecord {
    const records = this.#partitions.get(placeOf({ topic, partition }))!
    const placed = { ...record, at: { topic, partition, offset: BigInt(records.length) } } as LogRecord
    records.push(placed)
    this.#wakeAll()
    return placed
  }

  /** All records, partition by partition. */
  records(): readonly LogRecord[] {
    return [...this.#partitions.values()].flat()
  }

  partitions(): Promise<readonly Bounds[]> {
    return Promise.resolve(
      places.map((place) => ({
        ...place,
        low: 0n,
        high: BigInt(this.#partitions.get(placeOf(place))!.length),
      })),
    )
  }

  async *read(
    from: Parameters<Source['read']>[0],
    signal: AbortSignal,
  ): AsyncGenerator<readonly LogRecord[]> {
    const next = new Map(from.map((at) => [placeOf(at), Number(at.offset)]))
    signal.addEventListener('abort', () => this.#wakeAll(), { once: true })
    while (!signal.aborted) {
      const appended = new Promise<void>((resolve) => this.#wake.push(resolve))
      let read = 0
      for (const [place, offset] of next) {
        const batch = this.#partitions.get(place)!.slice(offset, offset + this.#batch)
        if (batch.length === 0) continue
        read += batch.length
        next.set(place, offset + batch.length)
        yield batch
        if (signal.aborted) return
      }
      if (read === 0) await appended
    }
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
