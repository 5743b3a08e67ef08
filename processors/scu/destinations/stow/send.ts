import { optionsFor } from '../../../../core/delivery/destination.ts'
import { type InstanceResult, notAttempted } from '../../../../core/delivery/result.ts'
import { type RadDeployError, isRadDeployError, messageOf } from '../../../../core/error/error.ts'
import { WebClient } from '../../../../infra/http/post.ts'
import { type OutgoingInstance } from '../../instances.ts'
import { type Send } from '../destination.ts'
import { checkedHeaders, isPassing, statusTrouble } from '../http/send.ts'
import { clientTls } from '../tls.ts'
import { resultsIn } from './answer.ts'
import { batches, stowBody } from './body.ts'

const tooLarge = 413

/** Where instances are posted to; the flow file may name the service, its studies, or one study. */
export const studiesUrl = (service: string): string => {
  const url = new URL(service)
  const path = url.pathname.replace(/\/+$/, '')
  url.pathname = /\/studies(\/[0-9.]+)?$/.test(path) ? path : `${path}/studies`
  return url.href
}

/**
 * Sends by STOW-RS (PS3.18, 10.5), the files as they are stored, several to a request. Where nobody answers, or
 * the server can take nothing now, the rest is left to the next attempt.
 */
export const sendByStow: Send<OutgoingInstance> = async (destination, shipment) => {
  const { secrets, settings, items, signal, onTrouble } = shipment
  const options = optionsFor('stow-rs', destination)
  const url = studiesUrl(destination.url!)
  const headers = checkedHeaders(secrets.revealAll(options.headers))
  const client = new WebClient({ patience: settings.timeouts, tls: clientTls(options.tls, secrets) })
  const results: InstanceResult[] = []
  let over: string | undefined

  const leave = (instances: readonly OutgoingInstance[], error: RadDeployError): void => {
    onTrouble(error)
    over = error.message
    for (const instance of instances) results.push(notAttempted(instance, error.message))
  }
  const post = async (instances: readonly OutgoingInstance[]): Promise<void> => {
    if (instances.length === 0) return
    const body = stowBody(instances)
    try {
      const answer = await client.post({
        url,
        headers: { accept: 'application/dicom+json', ...headers, 'content-type': body.type },
        length: body.length,
        body: body.bytes,
        signal,
      })
      if (answer.status === tooLarge && instances.length > 1) {
        const half = Math.ceil(instances.length / 2)
        await post(instances.slice(0, half))
        if (over === undefined) await post(instances.slice(half))
        else for (const instance of instances.slice(half)) results.push(notAttempted(instance, over))
      } else if (isPassing(answer.status)) leave(instances, statusTrouble(url, answer.status))
      else {
        if (answer.status >= 300) onTrouble(statusTrouble(url, answer.status))
        results.push(...resultsIn(instances, answer, (text) => secrets.hide(text)))
      }
    } catch (error) {
      signal.throwIfAborted()
      if (isRadDeployError(error, 'RD_DESTINATION_UNAVAILABLE')) return leave(instances, error)
      // One file could not be read: the server got no whole request, so the others go out without it.
      const broken = body.current()
      if (!broken) throw error
      onTrouble(error)
      results.push(notAttempted(broken, messageOf(error)))
      await post(instances.filter((instance) => instance !== broken))
    }
  }

  try {
    for (const batch of batches(items)) {
      if (over === undefined) await post(batch)
      else for (const instance of batch) results.push(notAttempted(instance, over))
    }
  } finally {
    client.close()
  }
  return results
}
