import { optionsFor } from '../../../../core/delivery/destination.ts'
import { deterministicId } from '../../../../core/event/id.ts'
import { type InstanceResult, answered, notAttempted, unsendable } from '../../../../core/delivery/result.ts'
import { type Secrets } from '../../../../core/delivery/secret.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../../../core/error/error.ts'
import { type Answer, WebClient } from '../../../../infra/http/post.ts'
import { type OutgoingFile } from '../../outgoing.ts'
import { type Send } from '../destination.ts'
import { clientTls } from '../tls.ts'
import { type Body, Unfit, formBody, jsonBody, multipartBody } from './body.ts'

/** It may take the same later: time-outs, too early, too much, and whatever is the server's own fault. */
export const isPassing = (status: number): boolean => [408, 425, 429].includes(status) || status >= 500
/** It can take nothing at all now. */
const isBusy = (status: number): boolean => status === 429 || status === 503

/**
 * Sends each file by a POST of its own, one after the other. 2xx acknowledges it; 408, 425, 429, 5xx and no
 * answer leave it to the next attempt; any other status is the answer to this file. Where nobody answers, or
 * nothing is taken now, the rest is left to the next attempt, too.
 */
export const sendByHttp: Send<OutgoingFile> = async (destination, shipment) => {
  const { deliveryId, secrets, settings, items, signal, onTrouble } = shipment
  const options = optionsFor('http', destination)
  const url = destination.url!
  const fields = secrets.revealAll(options.fields)
  const headers = checkedHeaders(secrets.revealAll(options.headers))
  const bodies: Record<typeof options.format, (file: OutgoingFile) => Body | Promise<Body>> = {
    json: jsonBody,
    form: (file) => formBody(file, options.file_field, fields),
    multipart: (file) => multipartBody(file, options.file_field, fields),
  }
  const client = new WebClient({ patience: settings.timeouts, tls: clientTls(options.tls, secrets) })
  const results: InstanceResult[] = []
  let over: string | undefined
  try {
    for (const file of items) {
      if (over !== undefined) {
        results.push(notAttempted(file, over))
        continue
      }
      try {
        const body = await bodies[options.format](file)
        const answer = await client.post({
          url,
          headers: {
            // The same for each attempt: a server that knows it takes a repetition for what it is.
            'idempotency-key': deterministicId('post', deliveryId, file.id),
            ...headers,
            'content-type': body.type,
          },
          length: body.length,
          body: body.bytes,
          signal,
        })
        const result = resultOf(file, answer, secrets)
        results.push(result)
        if (result.outcome !== 'success') onTrouble(statusTrouble(url, answer.status))
        if (isBusy(answer.status)) over = `the server takes nothing now (HTTP status ${answer.status})`
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof Unfit) {
          results.push(unsendable(file, error.message))
          continue
        }
        onTrouble(error)
        results.push(notAttempted(file, messageOf(error)))
        if (isRadDeployError(error, 'RD_DESTINATION_UNAVAILABLE')) over = error.message
      }
    }
  } finally {
    client.close()
  }
  return results
}

/** An answer that takes nothing, as an event may say it: without what else the server answered. */
export const statusTrouble = (url: string, status: number): RadDeployError => {
  const { host } = new URL(url)
  return new RadDeployError('RD_DESTINATION_UNAVAILABLE', `${host} answered with HTTP status ${status}`, {
    host,
    status,
  })
}

const resultOf = (file: OutgoingFile, { status, body }: Answer, secrets: Secrets): InstanceResult => {
  const comment = secrets.hide(body.toString('utf8')) || null
  if (status >= 200 && status < 300) return answered(file, 'success', status, comment)
  if (!isPassing(status)) return answered(file, 'failure', status, comment)
  return { ...notAttempted(file, comment ?? `HTTP status ${status}`), status }
}

/** Headers that can go out; RD_CONFIG_INVALID names the one that cannot. */
export const checkedHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> => {
  for (const [name, value] of Object.entries(headers))
    if (!/^[\t\x20-\x7e]*$/.test(value))
      throw new RadDeployError('RD_CONFIG_INVALID', `the header ${name} is not one line of ASCII`, { name })
  return { ...headers }
}
