import { randomUUID } from 'node:crypto'
import { type Socket } from 'node:net'
import { type Logger } from 'pino'
import { type Fact, type Recorded } from '../../core/event/event.ts'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { type ReceiverHandler, type Rejection, type Terms, rejections } from '../../infra/dimse/handler.ts'
import { type Security, securityOf } from '../../infra/dimse/security.ts'
import { type Association } from '../../infra/dimse/types.ts'
import { closeAssociation, closeUnopened } from '../intake/closing.ts'
import { type Opened } from '../intake/opened.ts'
import { type Arrival, type IntakeParts, receive, refuse } from '../intake/store.ts'
import { type Caller } from './callers.ts'
import { type Policy, type ScpConfig } from './config.ts'
import { takeReport } from './commitment.ts'
import { negotiate } from './contexts.ts'
import { limited } from './limited.ts'
import { judge } from './policy.ts'
import { type Refusals } from './refusals.ts'

/** The associations that are alive in this process, by id, each with the AE title of its policy. */
export type Alive = Map<string, string>

/** What the associations of one SCP share. */
export interface Ward {
  readonly config: ScpConfig
  readonly parts: IntakeParts & { readonly logger: Logger }
  readonly alive: Alive
  readonly opened: Opened
  readonly refusals: Refusals
  /** Ends what is left to say. */
  readonly stopped: AbortSignal
}

/** Turns one association into events: refused, or opened, each instance, closed. */
export const associationHandler = ({
  config,
  parts,
  alive,
  opened: here,
  refusals,
  stopped,
}: Ward): ReceiverHandler => {
  const associationId = randomUUID()
  const counts = { stored: 0, refused: 0, ordinal: 0 }
  let opened: Recorded<'AssociationOpened'> | undefined
  let maxInstanceBytes: number | undefined
  let began = 0

  const requested = async (association: Association, socket: Socket): Promise<Rejection | Terms> => {
    const called = clean(association.getCalledAeTitle())
    const caller = callerOf(association.getCallingAeTitle(), socket)
    const security = securityOf(socket)
    const load = {
      open: alive.size,
      limit: config.maxAssociations,
      openOf: (aeTitle: string) => [...alive.values()].filter((one) => one === aeTitle).length,
    }
    const verdict = judge(config.entities, { caller, called, security }, load)
    if (verdict.rejection) {
      refusals.say({ ...verdict, caller, called, security })
      return verdict.rejection
    }
    const { policy } = verdict
    alive.set(associationId, policy.aeTitle)
    here.add(associationId)
    const by = { associationId, scp: config.name, caller, called, security, policy }
    const fact = openedBy(association, by)
    try {
      opened = (await parts.emit(fact)) as Recorded<'AssociationOpened'>
    } catch (error) {
      alive.delete(associationId)
      closeUnopened(parts.emit, fact, stopped)
      const why = `it could not be put on the log: ${messageOf(error)}`
      refusals.say({ rejection: rejections.congestion, why, caller, called, security })
      return rejections.congestion
    }
    began = performance.now()
    maxInstanceBytes = policy.maxInstanceBytes ?? config.maxInstanceBytes
    return termsOf(policy)
  }

  return {
    requested,
    refused: (rejection, { calling, called }, socket) => {
      const why =
        rejection === rejections.protocolVersion
          ? 'another version of the upper layer protocol'
          : 'another application context'
      const [caller, security] = [callerOf(calling, socket), securityOf(socket)]
      refusals.say({ rejection, why, caller, called: clean(called), security })
    },
    store: (request) => {
      const { calling, calledAeTitle } = opened!.data
      const arrival: Arrival = {
        ...request,
        associationId,
        ordinal: ++counts.ordinal,
        calling,
        calledAeTitle,
        cause: opened!.meta,
      }
      const sink = limited(receive(parts, arrival), maxInstanceBytes, () =>
        refuse(parts, arrival, tooLarge(maxInstanceBytes)),
      )
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
    reported: (report) => takeReport(parts, opened!, report),
    closed: async ({ how, reason }) => {
      const { stored, refused } = counts
      const durationMs = Math.round(performance.now() - began)
      const data = { associationId, how, stored, refused, reason, durationMs }
      const onSaid = (): void => void alive.delete(associationId)
      await closeAssociation(parts.emit, data, { opened: opened?.meta, stopped, onSaid })
    },
  }
}

/** The fact that an association is accepted, each of its presentation contexts or not. */
const openedBy = (
  association: Association,
  by: {
    readonly associationId: string
    readonly scp: string
    readonly caller: Caller
    readonly called: string
    readonly security: Security | null
    readonly policy: Policy
  },
): Fact<'AssociationOpened'> => ({
  type: 'AssociationOpened',
  stream: by.associationId,
  data: {
    associationId: by.associationId,
    calling: by.caller,
    calledAeTitle: by.called,
    scp: by.scp,
    implementationClassUid: clean(association.getImplementationClassUid() ?? '') || null,
    implementationVersionName: clean(association.getImplementationVersion() ?? '') || null,
    // Of 32 bits on the wire, and of 31 in the event; beyond that all mean: as much as you like.
    maxPduLength: Math.min(association.getMaxPduLength() ?? 0, 0x7fffffff),
    ...negotiate(association),
    via: 'dimse',
    tls: by.security?.protocol ?? null,
    clientCertificate: by.security?.fingerprint ?? null,
    flows: by.policy.flows ?? null,
  },
})

const termsOf = ({ maxPduLength, artimSeconds, idleSeconds }: Policy): Terms => ({
  ...(maxPduLength === undefined ? {} : { maxPduLength }),
  ...(artimSeconds === undefined ? {} : { artimMs: artimSeconds * 1000 }),
  ...(idleSeconds === undefined ? {} : { idleMs: idleSeconds * 1000 }),
})

const callerOf = (aeTitle: string, { remoteAddress = '' }: Socket): Caller => ({
  aeTitle: clean(aeTitle),
  host: remoteAddress.replace(/^::ffff:/, ''),
})

const tooLarge = (maxBytes = 0): RadDeployError =>
  new RadDeployError('RD_DICOM_TOO_LARGE', `an instance may have ${maxBytes} bytes at most`, { maxBytes })

/** AE titles and version names may come with anything in them; events hold printable ASCII. */
const clean = (text: string): string => text.replace(/[^ -~]/g, '').trim()
