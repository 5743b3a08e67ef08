import { type OptionsFor, optionsFor } from '../../../../core/delivery/destination.ts'
import { type Peer } from '../../../../infra/dimse/sender/requestor.ts'
import { type Destination } from '../../../../schemas/generated/shared.ts'
import { type Shipment } from '../destination.ts'
import { clientTls } from '../tls.ts'

/** A DICOM node as the sender calls it, and what else its flow says of it. */
export const peerOf = (
  destination: Destination,
  { settings, secrets, signal }: Pick<Shipment, 'settings' | 'secrets' | 'signal'>,
): { readonly options: OptionsFor<'dimse'>; readonly peer: Peer } => {
  const options = optionsFor('dimse', destination)
  const tls = clientTls(options.tls, secrets)
  const { host, port, aeTitle: calledAeTitle } = destination
  const callingAeTitle = options.calling_ae_title ?? settings.callingAeTitle
  const { timeouts } = settings
  return {
    options,
    peer: { host, port, calledAeTitle, callingAeTitle, timeouts, signal, ...(tls ? { tls } : {}) },
  }
}
