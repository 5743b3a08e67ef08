import { sendInstances } from '../../../../infra/dimse/sender/send.ts'
import { type Send } from '../destination.ts'

/** Sends by C-STORE over DIMSE. */
export const sendByDimse: Send = ({ host, port, aeTitle }, shipment) =>
  sendInstances({ ...shipment, host, port, calledAeTitle: aeTitle })
