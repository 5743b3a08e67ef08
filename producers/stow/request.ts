import { type Readable } from 'node:stream'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { type AssociationEnd } from '../../infra/dimse/handler.ts'
import { type FileAssociation, type Visit, openAssociation } from '../intake/association.ts'
import { type Opened } from '../intake/opened.ts'
import { type FileAnswer } from '../intake/file.ts'
import { type IntakeParts } from '../intake/store.ts'
import { type StowConfig } from './config.ts'
import { parseMediaType } from './mediaType.ts'
import { BrokenRequest, type Part, partsOf } from './parts.ts'
import { responseOf, statusOf } from './response.ts'

/** Instances of one request that are being finished, while the next is read. */
const finishingAtOnce = 4

/** What the requests of one service share. */
export interface Ward {
  readonly config: StowConfig
  readonly parts: IntakeParts
  readonly opened: Opened
  /** Ends what is left to say. */
  readonly stopped: AbortSignal
}
/** A request that may come in. */
export interface StowRequest {
  readonly visit: Visit
  readonly body: Readable
  readonly boundary: string
  readonly studyInstanceUid: string | undefined
}
/** What it is answered with: a data set as JSON, or why not, in words. */
export type StowAnswer =
  | { readonly status: 200 | 202 | 409; readonly dataset: object }
  | { readonly status: 400 | 408 | 413 | 503; readonly why: string }

/**
 * Takes a request as one association: its instances one after the other while they come, each stored before it
 * counts. Nothing is answered as stored before the log says that the request has ended.
 */
export const takeRequest = async (ward: Ward, request: StowRequest): Promise<StowAnswer> => {
  const { parts, opened, stopped } = ward
  let association: FileAssociation
  try {
    association = await openAssociation(parts, request.visit, opened, stopped)
  } catch (error) {
    parts.logger.error(
      { error: messageOf(error) },
      'a request was refused because it could not be put on the log',
    )
    return away
  }
  let answers: readonly FileAnswer[] = []
  let broken: unknown
  try {
    answers = await takeParts(ward, association, request)
  } catch (error) {
    broken = error
    parts.logger.warn({ associationId: association.id, error: messageOf(error) }, 'a request was not taken')
  }
  try {
    await association.close(broken === undefined ? { how: 'released', reason: null } : endOf(broken))
  } catch (error) {
    parts.logger.error({ error: messageOf(error) }, 'the end of a request could not be put on the log')
    return away
  }
  if (broken instanceof BrokenRequest) return { status: broken.status, why: broken.message }
  if (broken !== undefined) return away
  const status = statusOf(answers)
  return status === 503 ? away : { status, dataset: responseOf(answers) }
}

const endOf = (error: unknown): AssociationEnd => ({
  how: error instanceof BrokenRequest ? error.how : 'aborted',
  reason: messageOf(error),
})

const away: StowAnswer = { status: 503, why: 'nothing can be stored for now; send it again later' }

const takeParts = async (
  { config }: Ward,
  association: FileAssociation,
  { body, boundary, studyInstanceUid }: StowRequest,
): Promise<readonly FileAnswer[]> => {
  const terms = {
    idleMs: config.idleSeconds * 1000,
    maxBytes: config.maxRequestBytes,
    maxParts: config.maxInstances,
  }
  const answers: Promise<FileAnswer>[] = []
  const finishing = new Set<Promise<void>>()
  try {
    for await (const part of partsOf(body, boundary, terms)) {
      const sink = association.next({
        maxBytes: config.maxInstanceBytes,
        studyInstanceUid,
        refusal: isDicom(part) ? undefined : noDicom(),
      })
      try {
        for await (const bytes of part.bytes) await sink.write(bytes)
      } catch (error) {
        await sink.abort(messageOf(error))
        throw error
      }
      const answer = sink.end()
      answers.push(answer)
      const done = answer.then(nothing, nothing)
      finishing.add(done)
      void done.then(() => finishing.delete(done))
      if (finishing.size >= finishingAtOnce) await Promise.race(finishing)
    }
  } finally {
    await Promise.all(finishing)
  }
  return Promise.all(answers)
}

const nothing = (): void => undefined

/** A part without a type is what the request says of all. */
const isDicom = ({ contentType }: Part): boolean =>
  contentType === undefined || parseMediaType(contentType)?.type === 'application/dicom'

const noDicom = (): RadDeployError =>
  new RadDeployError('RD_DICOM_UNREADABLE', 'the part is no application/dicom')
