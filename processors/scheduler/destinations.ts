import { deterministicId } from '../../core/event/id.ts'
import { type Flow } from '../../core/flow/schema.ts'
import { type Destination, type Peer } from '../../schemas/generated/shared.ts'

/** Where the results of a flow go: its destinations, and the sender's own ports where the flow says so. */
export const destinationsOf = (flow: Flow, sender: Peer): readonly Destination[] => {
  const named = flow.destinations.map(({ host, port, ae_title }) => ({
    kind: 'dimse',
    host,
    port,
    aeTitle: ae_title,
  }))
  const back = flow.return_to_sender_on_ports.map((port) => ({
    kind: 'dimse',
    host: sender.host,
    port,
    aeTitle: sender.aeTitle,
  }))
  const byPlace = new Map([...named, ...back].map((one) => [`${one.aeTitle}@${one.host}:${one.port}`, one]))
  return [...byPlace.values()]
}

/** Id of a delivery: one per run and destination. */
export const deliveryIdOf = (runId: string, { kind, host, port, aeTitle }: Destination): string =>
  deterministicId('delivery', runId, kind, host, port, aeTitle)
