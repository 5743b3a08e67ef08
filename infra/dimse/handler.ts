import { type Socket } from 'node:net'
import { type Association } from './types.ts'

/** What an instance is answered with. */
export interface StoreAnswer {
  readonly status: number
  readonly comment?: string
  /** True for a failure of ours that may be over when the same instance comes again. */
  readonly isPassing?: boolean
}

/** Where the data set of one instance goes. A failed write is reported by `end`, not thrown on the wire. */
export interface Sink {
  /** Takes bytes; resolves when more may come. */
  write(bytes: Buffer): Promise<void>
  /** The data set is whole; resolves with the answer once it is durable. */
  end(): Promise<StoreAnswer>
  /** It will never be whole. */
  abort(reason: string): Promise<void>
}

/** A C-STORE request whose data set is about to come. */
export interface StoreRequest {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
}

/** What a peer reports of its commitment to keep instances (PS3.4, J.3.3): the data set of an N-EVENT-REPORT. */
export interface ReportRequest {
  readonly transferSyntaxUid: string
  readonly dataset: Buffer
}

export interface AssociationEnd {
  readonly how: 'released' | 'aborted' | 'lost'
  readonly reason: string | null
}

/** An A-ASSOCIATE-RJ (PS3.8, table 9-21). */
export interface Rejection {
  readonly result: number
  readonly source: number
  readonly reason: number
}

/** Result, source and reason as the standard numbers them (PS3.8, table 9-21). */
export const rejections = {
  noReason: { result: 1, source: 1, reason: 1 },
  applicationContext: { result: 1, source: 1, reason: 2 },
  callingAeTitle: { result: 1, source: 1, reason: 3 },
  calledAeTitle: { result: 1, source: 1, reason: 7 },
  protocolVersion: { result: 1, source: 2, reason: 2 },
  congestion: { result: 2, source: 3, reason: 1 },
  localLimit: { result: 2, source: 3, reason: 2 },
} as const satisfies Record<string, Rejection>

/** What an association keeps to instead of the limits of its connection; times in milliseconds. */
export interface Terms {
  readonly maxPduLength?: number
  readonly artimMs?: number
  readonly idleMs?: number
}

/** The AE titles of an A-ASSOCIATE-RQ, whatever else is wrong with it. */
export interface Titles {
  readonly calling: string
  readonly called: string
}

/** What the owner of an association decides and hears. One handler serves one association. */
export interface ReceiverHandler {
  /** Sets the result of each presentation context, and may name terms of its own; or says how to reject. */
  requested(association: Association, socket: Socket): Promise<Rejection | Terms | undefined>
  /** Hears of what was rejected without asking. */
  refused?(rejection: Rejection, titles: Titles, socket: Socket): void
  store(request: StoreRequest): Sink
  /** Where it is not there, nothing is reported to us. */
  reported?(report: ReportRequest): Promise<StoreAnswer>
  /** Called once for an association that was accepted. */
  closed(end: AssociationEnd): Promise<void>
}
