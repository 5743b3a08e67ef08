import { destinationOf, plainNode } from '../../core/delivery/destination.ts'
import { canonicalJson, deterministicId } from '../../core/event/id.ts'
import { type Flow } from '../../core/flow/schema.ts'
import { type Destination, type Peer } from '../../schemas/generated/shared.ts'

/**
 * Where the results of a flow go: its destinations, and the sender's own ports where the flow says so. A node
 * that the flow names and that is the sender, too, gets them once, as the flow says.
 */
export const destinationsOf = (flow: Flow, sender: Peer): readonly Destination[] => {
  const named = flow.destinations.map(destinationOf)
  const places = new Set(named.map(placeOf))
  const back = flow.return_to_sender_on_ports
    .map((port) => plainNode(sender.host, port, sender.aeTitle))
    .filter((node) => !places.has(placeOf(node)))
  return [...new Map([...named, ...back].map((one) => [canonicalJson(one), one])).values()]
}

const placeOf = ({ aeTitle, host, port, url }: Destination): string => url ?? `${aeTitle}@${host}:${port}`

/**
 * Id of a delivery: one per run and destination. A plain DICOM node has the id that it had before there were
 * other destinations: deliveries on the log must be found again.
 */
export const deliveryIdOf = (
  runId: string,
  { kind, host, port, aeTitle, url, options }: Destination,
): string => {
  const isPlain = url === null && options === '{}'
  return isPlain
    ? deterministicId('delivery', runId, kind, host, port, aeTitle)
    : deterministicId('delivery', runId, kind, host, port, aeTitle, url ?? '', options)
}
