import { type HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { messageOf } from '../../core/error/error.ts'
import { securityOf } from '../../infra/dimse/security.ts'
import { identify } from './clients.ts'
import { boundaryOf } from './mediaType.ts'
import { type Refusals } from './refusals.ts'
import { type StowRequest, type Ward, takeRequest } from './request.ts'

type Asked = Context<{ Bindings: HttpBindings }>
type Refused = { readonly status: 400 | 401 | 403 | 413 | 415 | 429 | 503; readonly why: string }

const retryAfterSeconds = 30
/** What an auditor wants to see of those that did not come in; the rest are mistakes in asking. */
const onTheLog: readonly number[] = [401, 403, 413, 429, 503]

/** The paths of STOW-RS (PS3.18, 10.5), and what is answered elsewhere. */
export const routes = (ward: Ward, refusals: Refusals): Hono<{ Bindings: HttpBindings }> => {
  const { config } = ward
  let open = 0

  const store = async (asked: Asked): Promise<Response> => {
    const { incoming, outgoing } = asked.env
    const host = (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    const security = securityOf(incoming.socket)
    const { authorization } = incoming.headers
    const client = identify(config.clients, { authorization, host })
    const refuse = ({ status, why }: Refused): Response => {
      const calling = { aeTitle: client.status === undefined ? client.name : '', host }
      if (onTheLog.includes(status)) refusals.say({ calling, status, why, tls: security?.protocol ?? null })
      else ward.parts.logger.warn({ host, status }, `request refused: ${why}`)
      return said(asked, status, why)
    }
    if (client.status !== undefined) return refuse(client)
    if (open >= config.maxRequests)
      return refuse({ status: 429, why: `${config.maxRequests} requests are open` })
    const read = asks(asked, config.maxRequestBytes)
    if ('status' in read) return refuse(read)
    const full = ward.parts.space?.refusal()
    if (full) return refuse({ status: 503, why: full.message })
    const visit = {
      calling: { aeTitle: client.name, host },
      calledAeTitle: config.calledAeTitle,
      scp: config.name,
      via: 'stow-rs',
      tls: security?.protocol ?? null,
      clientCertificate: security?.fingerprint ?? null,
      flows: client.flows,
      implementationVersionName: null,
    }
    open += 1
    try {
      if (isAsking(asked)) outgoing.writeContinue()
      const answer = await takeRequest(ward, { ...read, visit, body: incoming })
      if (!('dataset' in answer)) return said(asked, answer.status, answer.why)
      return asked.body(JSON.stringify(answer.dataset), answer.status, {
        'Content-Type': 'application/dicom+json',
      })
    } finally {
      open -= 1
    }
  }

  const app = new Hono<{ Bindings: HttpBindings }>()
  for (const path of ['/studies', '/studies/:study']) {
    app.post(path, store)
    app.all(path, (asked) => said(asked, 405, 'instances are stored by POST', { Allow: 'POST' }))
  }
  app.notFound((asked) => said(asked, 404, 'instances are stored at /studies'))
  app.onError((error, asked) => {
    ward.parts.logger.error({ error: messageOf(error) }, 'a request failed unexpectedly')
    return said(asked, 500, 'it failed unexpectedly; the log of the service says why')
  })
  return app
}

/** What is asked, before any of the body is read; or why not. */
const asks = (
  asked: Asked,
  maxBytes: number | undefined,
): Pick<StowRequest, 'boundary' | 'studyInstanceUid'> | Refused => {
  const { headers } = asked.env.incoming
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') return { status: 415, why: 'the body is encoded' }
  const media = boundaryOf(headers['content-type'])
  if ('status' in media) return media
  const studyInstanceUid = asked.req.param('study')
  if (studyInstanceUid !== undefined && !/^[0-9.]{1,64}$/.test(studyInstanceUid))
    return { status: 400, why: 'what stands behind /studies/ is no UID' }
  if (maxBytes !== undefined && Number(headers['content-length'] ?? 0) > maxBytes)
    return { status: 413, why: `a request may have ${maxBytes} bytes at most` }
  return { ...media, studyInstanceUid }
}

/** Whether the client waits for a word before it sends the body (RFC 9110, 10.1.1). */
const isAsking = ({ env }: Asked): boolean => /^100-continue$/i.test(env.incoming.headers.expect ?? '')

type Failure = 400 | 401 | 403 | 404 | 405 | 408 | 413 | 415 | 429 | 500 | 503

/** A status with its reason in words. What the client still sends is not waited for. */
const said = (asked: Asked, status: Failure, why: string, more: Record<string, string> = {}): Response =>
  asked.text(`${why}\n`, status, {
    Connection: 'close',
    ...(status === 429 || status === 503 ? { 'Retry-After': String(retryAfterSeconds) } : {}),
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer realm="raddeploy"' } : {}),
    ...more,
  })
