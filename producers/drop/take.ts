import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../core/error/error.ts'
import { status, statusText } from '../../core/dicom/status.ts'
import { type FileAssociation, openAssociation } from '../intake/association.ts'
import { type Opened } from '../intake/opened.ts'
import { type FileAnswer } from '../intake/file.ts'
import { type IntakeParts } from '../intake/store.ts'
import { type DropConfig } from './config.ts'
import { type Snapshot, printOf, unnamed, putAside, putAway } from './folder.ts'

/** Files that are read at once. */
const atOnce = 4
const highWaterMark = 256 * 1024
const calling = { aeTitle: 'FOLDER', host: '127.0.0.1' }

/** What the associations of one folder share. */
export interface Ward {
  readonly config: DropConfig
  readonly parts: IntakeParts
  readonly opened: Opened
  /** Ends what is left to say. */
  readonly stopped: AbortSignal
}

/**
 * Takes files as one association. They are put away only when its end is on the log; where one could not be stored
 * for now, or was changed meanwhile, all stay, and are one association again at the next attempt: half of a study
 * must not pass for the whole. What is stored twice is a duplicate, and harmless.
 */
export const takeFiles = async (ward: Ward, files: Snapshot): Promise<void> => {
  const { config, parts, opened, stopped } = ward
  const visit = {
    calling,
    calledAeTitle: config.calledAeTitle,
    scp: config.name,
    via: 'folder',
    tls: null,
    clientCertificate: null,
    flows: config.flows ?? null,
    implementationVersionName: null,
  }
  const association = await openAssociation(parts, visit, opened, stopped)
  const answers = new Map<string, FileAnswer>()
  const paths = [...files.keys()]
  let why: string | undefined
  const worker = async (): Promise<void> => {
    for (let path = paths.shift(); path !== undefined && !why && !stopped.aborted; path = paths.shift())
      try {
        const answer = await takeFile(ward, association, path, files.get(path)!)
        if (answer.isPassing) why ??= answer.comment ?? statusText(answer.status)
        answers.set(path, answer)
      } catch (error) {
        why ??= messageOf(error)
      }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  if (stopped.aborted) why ??= 'the service was stopped'
  await association.close(
    why === undefined ? { how: 'released', reason: null } : { how: 'aborted', reason: why },
  )
  if (why !== undefined) throw new Error(why)
  await putAll(ward, association.id, files, answers)
}

const takeFile = async (
  { config: { folder }, stopped }: Ward,
  association: FileAssociation,
  path: string,
  print: string,
): Promise<FileAnswer> => {
  const sink = association.next({})
  try {
    for await (const bytes of createReadStream(join(folder, path), { highWaterMark, signal: stopped }))
      await sink.write(bytes as Buffer)
    if ((await printOf(folder, path)) !== print) throw new Error('a file was changed while it was read')
  } catch (error) {
    const why = unnamed(error)
    await sink.abort(why)
    const { code = '' } = error as NodeJS.ErrnoException
    // That will not change by itself, and must not keep all others from being taken.
    if (code === 'EACCES' || code === 'EPERM') return unreadable(why)
    throw code === '' ? error : new Error(`a file cannot be read: ${code}`)
  }
  return sink.end()
}

const unreadable = (comment: string): FileAnswer => ({
  ...{ status: status.cannotUnderstand, comment, isPassing: false },
  ...{ sopClassUid: null, sopInstanceUid: null },
})

const putAll = async (
  { config: { folder, keep }, parts: { logger } }: Ward,
  associationId: string,
  files: Snapshot,
  answers: ReadonlyMap<string, FileAnswer>,
): Promise<void> => {
  for (const [path, { status, comment }] of answers)
    try {
      // What was laid there under the same name meanwhile is another file.
      if ((await printOf(folder, path)) !== files.get(path)) continue
      const reason = `${statusText(status)}\n${comment ?? ''}`
      if (status === 0) await putAway(folder, path, { keep, associationId })
      else await putAside(folder, path, { reason, associationId })
    } catch (error) {
      logger.error(
        { associationId, error: unnamed(error) },
        'a file cannot be moved out of the drop folder, and stays',
      )
    }
  const refused = [...answers.values()].filter(({ status }) => status !== 0).length
  logger.info({ associationId, files: answers.size, refused }, 'files of the drop folder were taken')
}
