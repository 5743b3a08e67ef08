/** The kinds of destination, one line each. */
import { type DestinationKind } from '../../../core/flow/destinationSchema.ts'
import { type DestinationType } from './destination.ts'
import { commitByDimse } from './dimse/commit.ts'
import { sendByDimse } from './dimse/send.ts'
import { writeToFolder } from './folder/send.ts'
import { sendByHttp } from './http/send.ts'
import { putIntoS3 } from './s3/send.ts'
import { sendByStow } from './stow/send.ts'

const kinds = {
  dimse: { takes: 'instances', send: sendByDimse, settle: commitByDimse },
  'stow-rs': { takes: 'instances', send: sendByStow },
  http: { takes: 'files', send: sendByHttp },
  s3: { takes: 'files', send: putIntoS3 },
  folder: { takes: 'files', send: writeToFolder },
} as const satisfies Record<DestinationKind, DestinationType>

export const destinationKinds: Readonly<Record<string, DestinationType | undefined>> = kinds
