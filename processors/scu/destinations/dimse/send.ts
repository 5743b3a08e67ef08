import { sendInstances } from '../../../../infra/dimse/sender/send.ts'
import { type OutgoingInstance } from '../../instances.ts'
import { type Send } from '../destination.ts'
import { peerOf } from './peer.ts'

/** Sends by C-STORE over DIMSE. Where storage commitment is asked for, results say the SOP class that it needs. */
export const sendByDimse: Send<OutgoingInstance> = async (destination, shipment) => {
  const { items: instances, onTrouble } = shipment
  const { options, peer } = peerOf(destination, shipment)
  const results = await sendInstances({ ...peer, instances, onTrouble })
  if (!options.commitment) return results
  const classes = new Map(instances.map(({ id, sopClassUid }) => [id, sopClassUid]))
  return results.map((result) => ({ ...result, sopClassUid: classes.get(result.id)! }))
}
