import { commandField, noDataSet } from '../../../core/dicom/commandSet.ts'
import { classify, statusText } from '../../../core/dicom/status.ts'
import { implicitVrLittleEndian } from '../../../core/dicom/transferSyntax.ts'
import { RadDeployError } from '../../../core/error/error.ts'
import { type Peer, Requestor } from './requestor.ts'

const verification = '1.2.840.10008.1.1'

/**
 * Verifies that a peer answers (C-ECHO, PS3.4, annex A); RD_DICOM_UNREACHABLE, RD_DICOM_PROTOCOL or
 * RD_DICOM_REJECTED where it does not, or not with success.
 */
export const echo = async (peer: Peer): Promise<void> => {
  const requestor = await Requestor.open(peer, [
    { id: 1, abstractSyntaxUid: verification, transferSyntaxUids: [implicitVrLittleEndian] },
  ])
  try {
    if (!requestor.acceptance.contexts.has(1)) throw rejected('the peer does not take C-ECHO')
    const { Status: status } = await requestor.request(1, {
      AffectedSOPClassUID: verification,
      CommandField: commandField.cEchoRequest,
      MessageID: 1,
      CommandDataSetType: noDataSet,
    })
    if (classify(status) === 'failure') throw rejected(`the peer answered C-ECHO with ${statusText(status)}`)
  } finally {
    await requestor.release()
  }
}

const rejected = (why: string): RadDeployError => new RadDeployError('RD_DICOM_REJECTED', why, {})
