import { type Socket } from 'node:net'
import dimse from 'dcmjs-dimse'
import { commitment } from '../../core/dicom/commitment.ts'
import { type Association } from './types.ts'

// The library writes its own log to standard output; what it would say, our log says without patient data.
;(dimse.log as unknown as { setLevel(level: string): void }).setLevel('silent')

/** What dcmjs-dimse keeps private; version 0.3.3 is pinned, and the tests of this folder hold it to this. */
interface Internals {
  association: Association
  _processPdu(pdu: Buffer): Promise<void>
}

/**
 * dcmjs-dimse's server side with its reader taken out: its association and PDU classes stay, but nothing of
 * it listens to the socket. We hand it the PDUs that it is to decode and take from it those it encodes.
 */
export class Acceptor extends dimse.Scp {
  /** Called by the base constructor; the library's own reader loses data and buffers without bound. */
  _wrapSocket(): void {}

  override associationRequested(): void {}
  override associationReleaseRequested(): void {}
  override abort(): void {}

  /** Decodes an A-ASSOCIATE-RQ that was checked before. */
  async decode(pdu: Buffer): Promise<Association> {
    let failure: unknown
    this.once('networkError', (error: unknown) => (failure = error))
    const internals = this as unknown as Internals
    await internals._processPdu(pdu)
    await new Promise((resolve) => setImmediate(resolve))
    if (failure instanceof Error) throw failure
    return internals.association
  }

  /**
   * Answers A-ASSOCIATE-AC with our own receive limit: the library would announce the peer's. Operations
   * are not pipelined and roles are the default, so neither is answered, but that a peer may report its commitment.
   */
  accept(association: Association, maxPduLength: number): void {
    const peersLimit = association.getMaxPduLength()
    association.setNegotiateAsyncOps(false)
    for (const { context } of association.getPresentationContexts()) {
      const reports = context.getAbstractSyntaxUid() === commitment.sopClassUid && context.getResult() === 0
      const [user, provider] = reports ? [false, true] : [undefined, undefined]
      context.setUserRole(user as boolean)
      context.setProviderRole(provider as boolean)
    }
    dimse.Implementation.setMaxPduLength(maxPduLength)
    association.setMaxPduLength(maxPduLength)
    this.sendAssociationAccept()
    association.setMaxPduLength(peersLimit)
  }
}

/** Makes an acceptor for a socket whose events stay ours. */
export const acceptorOn = (socket: Socket): Acceptor => new Acceptor(socket, {})
