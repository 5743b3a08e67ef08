import { sendInstances } from '../../../../infra/dimse/sender/send.ts'
import { type Send } from '../destination.ts'

/** Sends by C-STORE over DIMSE. */
export const sendByDimse: Send = ({ host, port, aeTitle }, { callingAeTitle, instances, signal }) =>
  sendInstances({ host, port, calledAeTitle: aeTitle, callingAeTitle, instances, signal })
