import { type EventType, type Recorded } from '../../core/event/event.ts'
import { type UnknownRecord } from './record.ts'

/** Column names to values. Columns of type jsonb take any JSON value. */
export type Columns = Readonly<Record<string, unknown>>

/** What an event changes in one row, which is there afterwards whether it was before or not. */
export interface RowChange {
  readonly table: string
  /** The primary key. */
  readonly key: Columns
  /** Columns that always take the value: the last fact wins. */
  readonly set?: Columns
  /**
   * Columns that are written together, and only while the column that names the group is null: the first
   * fact wins, since of two events that exclude each other the one lower on the log holds. A column
   * belongs to one group or to `set`, never to both.
   */
  readonly once?: Readonly<Record<string, Columns>>
}

/**
 * Events to rows. Each column is set by the events of one stream only (one key, one partition), so that
 * the rows are the same however the topics were interleaved.
 */
export interface Projection<In extends EventType = EventType> {
  readonly name: string
  readonly reads: readonly In[]
  /** Pure. Is given each event once: an id that was seen before is passed over. */
  map(event: Recorded<In>): readonly RowChange[]
}

/** The projection that keeps every event, and by its primary key tells an event from its repetition. */
export interface Ledger {
  readonly name: string
  map(record: Recorded | UnknownRecord): RowChange
}

/** All that is projected into one schema. */
export interface Projections {
  readonly ledger: Ledger
  readonly list: readonly Projection[]
  /** Folders of .sql files, relative to the package. */
  readonly migrations: readonly string[]
}
