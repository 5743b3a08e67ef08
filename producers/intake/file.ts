import { type InstanceNames, parsePart10 } from '../../core/dicom/part10.ts'
import { RadDeployError } from '../../core/error/error.ts'
import { type Sink, type StoreAnswer } from '../../infra/dimse/handler.ts'
import { type Arrival, type IntakeParts, receive, refuse } from './store.ts'

/** How many bytes are looked at first, and at most, for the end of the File Meta Information. */
const firstLook = 4096
const longestMeta = 1024 * 1024

const unnamed: InstanceNames = { sopClassUid: '', sopInstanceUid: '', transferSyntaxUid: '' }

/** A file that comes in: what it is says its own File Meta Information. */
export type FileArrival = Omit<Arrival, keyof InstanceNames | 'header'>

/** What became of a file. */
export interface FileAnswer extends StoreAnswer {
  readonly sopClassUid: string | null
  readonly sopInstanceUid: string | null
  /** True where the same file may be taken later: a failure of ours, not of the file. */
  readonly isPassing: boolean
}

/** Where the bytes of one file go. */
export interface FileSink extends Sink {
  end(): Promise<FileAnswer>
}

/** What a file must keep to. */
export interface FileTerms {
  readonly maxBytes?: number | undefined
  /** Why it is refused, where that is known before: then only its names are read. */
  readonly refusal?: RadDeployError | undefined
}

/**
 * The same guarantee for a DICOM file (Part 10): kept bit for bit, its preamble and File Meta Information too,
 * under the names that this gives it. What is no such file is refused, and the rest of it dropped.
 */
export const receiveFile = (parts: IntakeParts, arrival: FileArrival, terms: FileTerms = {}): FileSink => {
  let names = unnamed
  let inner: Sink | undefined
  let notRead: unknown
  let problem: unknown
  let begun: Buffer[] = []
  let size = 0
  let wanted = firstLook
  let isTooLarge = false

  const read = (): number | undefined => {
    const head = Buffer.concat(begun)
    begun = [head]
    try {
      const { datasetOffset, ...read } = parsePart10(head)
      names = read
      return datasetOffset
    } catch (error) {
      notRead = error
      return undefined
    }
  }
  const look = async (isWhole: boolean): Promise<void> => {
    const datasetOffset = read()
    if (datasetOffset === undefined) {
      wanted *= 4
      return isWhole || wanted > longestMeta ? giveUp(notRead) : undefined
    }
    if (terms.refusal) return giveUp(terms.refusal)
    const head = begun[0]!
    begun = []
    inner = receive(parts, { ...arrival, ...names, header: head.subarray(0, datasetOffset) })
    if (datasetOffset < head.length) await inner.write(head.subarray(datasetOffset))
  }
  const giveUp = (error: unknown): void => {
    problem = error
    begun = []
  }

  const write = async (bytes: Buffer): Promise<void> => {
    if (problem) return
    size += bytes.length
    if (terms.maxBytes !== undefined && size > terms.maxBytes) {
      isTooLarge = true
      // Its names are for the refusal, and may stand in what has come.
      if (!inner) {
        begun.push(bytes.subarray(0, longestMeta))
        read()
      }
      giveUp(tooLarge(terms.maxBytes))
      return inner?.abort('it is too large')
    }
    if (inner) return inner.write(bytes)
    // Copied, so that a few bytes of a head do not keep a whole network chunk alive.
    begun.push(Buffer.from(bytes))
    if (size >= wanted) await look(false)
  }

  const end = async (): Promise<FileAnswer> => {
    if (!inner && !problem) await look(true)
    const answer = problem ? await refuse(parts, { ...arrival, ...names }, problem) : await inner!.end()
    return {
      ...answer,
      sopClassUid: names.sopClassUid || null,
      sopInstanceUid: names.sopInstanceUid || null,
      isPassing: answer.isPassing ?? false,
    }
  }

  const abort = async (reason: string): Promise<void> => {
    if (!isTooLarge) await inner?.abort(reason)
    begun = []
  }
  return { write, end, abort }
}

const tooLarge = (maxBytes: number): RadDeployError =>
  new RadDeployError('RD_DICOM_TOO_LARGE', `an instance may have ${maxBytes} bytes at most`, { maxBytes })
