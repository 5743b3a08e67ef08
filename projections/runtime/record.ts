import { type Meta, type Position, type Recorded } from '../../core/event/event.ts'
import { type ErrorCode } from '../../core/error/codes.ts'

/** An event of a type that this version does not know: kept without its payload, and counted. */
export interface UnknownRecord {
  /** Its type, as its headers say. */
  readonly unknown: string
  readonly stream: string
  readonly meta: Meta
  readonly at: Position
}

/** A record that is no event of ours; it moves the offset and is named among the undecodable. */
export interface UndecodableRecord {
  readonly undecodable: { readonly code: ErrorCode; readonly message: string }
  readonly at: Position
}

/** What one record of a topic turns out to be. */
export type LogRecord = Recorded | UnknownRecord | UndecodableRecord

/** One partition: its first offset that is still there, and the next one to be written. */
export interface Bounds {
  readonly topic: string
  readonly partition: number
  readonly low: bigint
  readonly high: bigint
}

/** The log, as projections see it; Kafka stands behind it. */
export interface Source {
  /** Every partition of every topic. */
  partitions(): Promise<readonly Bounds[]>
  /**
   * Every record from the given offsets on, each partition in its order, what cannot be decoded included.
   * At the end of the log it waits for more; it ends when `signal` is aborted.
   */
  read(from: readonly Position[], signal: AbortSignal): AsyncIterable<readonly LogRecord[]>
}
