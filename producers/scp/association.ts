import { randomUUID } from 'node:crypto'
import { type Socket } from 'node:net'
import { type Logger } from 'pino'
import pRetry from 'p-retry'
import { type Recorded } from '../../core/event/event.ts'
import { messageOf } from '../../core/error/error.ts'
import { type ReceiverHandler, type Rejection, rejections } from '../../infra/dimse/handler.ts'
import { type Association } from '../../infra/dimse/types.ts'
import { type IntakeParts, receive } from '../intake/store.ts'
import { type ScpConfig } from './config.ts'
import { negotiate } from './contexts.ts'

/** The associations that are alive in this process, by id. */
export type Alive = Set<string>

/** Turns one association into events: opened, each instance, closed. What is left to say ends with `stopped`. */
export const associationHandler = (
  config: ScpConfig,
  parts: IntakeParts & { readonly logger: Logger },
  alive: Alive,
  stopped: AbortSignal,
): ReceiverHandler => {
  const associationId = randomUUID()
  const counts = { stored: 0, refused: 0, ordinal: 0 }
  let opened: Recorded<'AssociationOpened'> | undefined
  let began = 0

  const requested = async (association: Association, socket: Socket): Promise<Rejection | undefined> => {
    const [calling, called] = [clean(association.getCallingAeTitle()), clean(association.getCalledAeTitle())]
    const reject = (rejection: Rejection, why: string): Rejection => {
      parts.logger.warn({ calling, called, host: socket.remoteAddress }, `association rejected: ${why}`)
      return rejection
    }
    if (config.aeTitle !== called && !config.anyCalledAeTitle)
      return reject(rejections.calledAeTitle, `we are ${config.aeTitle}`)
    if (alive.size >= config.maxAssociations)
      return reject(rejections.localLimit, `${config.maxAssociations} are open`)
    alive.add(associationId)
    try {
      const fact = {
        type: 'AssociationOpened' as const,
        stream: associationId,
        data: {
          associationId,
          calling: { aeTitle: calling, host: (socket.remoteAddress ?? '').replace(/^::ffff:/, '') },
          calledAeTitle: called,
          scp: config.name,
          implementationClassUid: clean(association.getImplementationClassUid() ?? '') || null,
          implementationVersionName: clean(association.getImplementationVersion() ?? '') || null,
          // Of 32 bits on the wire, and of 31 in the event; beyond that all mean: as much as you like.
          maxPduLength: Math.min(association.getMaxPduLength() ?? 0, 0x7fffffff),
          ...negotiate(association),
        },
      }
      opened = (await parts.emit(fact)) as Recorded<'AssociationOpened'>
      began = performance.now()
      return undefined
    } catch (error) {
      alive.delete(associationId)
      parts.logger.error(
        { error: messageOf(error) },
        'an association was rejected because it could not be put on the log',
      )
      return rejections.congestion
    }
  }

  return {
    requested,
    store: (request) => {
      const { calling, calledAeTitle } = opened!.data
      const arrival = {
        ...request,
        associationId,
        ordinal: ++counts.ordinal,
        calling,
        calledAeTitle,
        cause: opened!.meta,
      }
      const sink = receive(parts, arrival)
      return {
        ...sink,
        end: async () => {
          try {
            const answer = await sink.end()
            counts[answer.status === 0 ? 'stored' : 'refused'] += 1
            return answer
          } catch (error) {
            counts.refused += 1
            throw error
          }
        },
      }
    },
    closed: async ({ how, reason }) => {
      const { stored, refused } = counts
      const durationMs = Math.round(performance.now() - began)
      const data = { associationId, how, stored, refused, reason, durationMs }
      const say = async (): Promise<void> => {
        await parts.emit({ type: 'AssociationClosed', stream: associationId, data }, opened?.meta)
        alive.delete(associationId)
      }
      try {
        await say()
      } catch (error) {
        // It stays ours until its end is on the log: what it brought would wait for that for ever.
        void pRetry(say, { ...forEver, signal: stopped }).catch(() => undefined)
        throw error
      }
    },
  }
}

const forEver = { retries: Number.POSITIVE_INFINITY, minTimeout: 1000, maxTimeout: 30_000 }

/** AE titles and version names may come with anything in them; events hold printable ASCII. */
const clean = (text: string): string => text.replace(/[^ -~]/g, '').trim()
