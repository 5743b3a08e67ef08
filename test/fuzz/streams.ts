import fc from 'fast-check'
import { encodeCommandSet } from '../../core/dicom/commandSet.ts'
import {
  abortPdu,
  associateRequest,
  ct,
  data,
  explicit,
  implicit,
  item,
  pdv,
  releaseRequest,
  storeCommand,
} from '../support/modality.ts'
import { pdu } from '../support/peer.ts'
import { mutated } from './mutations.ts'

const contextId = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(1, 3, 5) }, fc.nat(255))
const context = fc.record({
  id: contextId,
  abstractSyntax: fc.constantFrom(ct, '1.2.840.10008.1.1', '1.2.3', ''),
  transferSyntaxes: fc.array(fc.constantFrom(explicit, implicit, '1.2.840.10008.1.2.4.50', ''), {
    maxLength: 3,
  }),
})
const user = fc.array(
  fc.tuple(
    fc.constantFrom(0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x99),
    fc.uint8Array({ maxLength: 40 }),
  ),
  { maxLength: 4 },
)

/** An A-ASSOCIATE-RQ that is well made, whatever it asks for. */
export const request: fc.Arbitrary<Buffer> = fc
  .record({
    contexts: fc.oneof(
      { weight: 3, arbitrary: fc.array(context, { maxLength: 4 }) },
      fc.array(context, { minLength: 100, maxLength: 140 }),
    ),
    called: fc.string({ maxLength: 16 }),
    calling: fc.string({ maxLength: 16 }),
    maxPduLength: fc.constantFrom(undefined, 0, 5, 16_384, 0xffffffff),
    user,
  })
  .map((asked) =>
    associateRequest({ ...asked, user: asked.user.map(([type, bytes]) => item(type, Buffer.from(bytes))) }),
  )

/** A command set that is well made. */
export const command: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .tuple(fc.nat(0xffff), fc.constantFrom('1.2.3', '', '9'.repeat(64)))
    .map(([id, uid]) => storeCommand(id, uid)),
  fc
    .record({
      CommandField: fc.constantFrom(1, 0x30, 0x20, 0x21, 0x0fff, 0x8001),
      MessageID: fc.nat(0xffff),
      CommandDataSetType: fc.constantFrom(0, 1, 0x0101),
    })
    .map((one) => encodeCommandSet({ AffectedSOPClassUID: ct, ...one })),
)

const value = fc
  .tuple(
    contextId,
    fc.constantFrom(0, 1, 2, 3, 2, 3),
    fc.oneof(
      mutated(command, 2),
      fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
    ),
  )
  .map(([id, control, bytes]) => pdv(id, control, bytes))
/** A C-STORE as it should be. */
const store = fc
  .tuple(fc.nat(0xffff), fc.uint8Array({ maxLength: 5000 }))
  .map(([id, bytes]) =>
    Buffer.concat([data(pdv(1, 3, storeCommand(id, '1.2.3'))), data(pdv(1, 2, Buffer.from(bytes)))]),
  )
const message: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: store },
  { weight: 2, arbitrary: fc.array(value, { maxLength: 4 }).map((values) => data(...values)) },
  fc.constantFrom(releaseRequest, abortPdu, associateRequest()),
  fc
    .tuple(fc.nat(255), fc.uint8Array({ maxLength: 100 }))
    .map(([type, bytes]) => pdu(type, Buffer.from(bytes))),
)

/** All that a peer sends over one connection: mostly an association that begins well, and then goes wrong. */
export const conversation: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(message, { maxLength: 5 })
      .map((rest) => Buffer.concat([associateRequest(), ...rest]))
      .chain((bytes) => mutated(fc.constant(bytes))),
  },
  { weight: 2, arbitrary: mutated(request) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)) },
)
