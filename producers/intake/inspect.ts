import { type InflateRaw, constants, createInflateRaw } from 'node:zlib'
import { type Head, HeadReader } from '../../core/dicom/head.ts'
import { StructureReader } from '../../core/dicom/structure.ts'
import { implicitVrLittleEndian, isDeflated } from '../../core/dicom/transferSyntax.ts'
import { RadDeployError, messageOf } from '../../core/error/error.ts'

const explicitBigEndian = '1.2.840.10008.1.2.2'
/** What the event of an instance says of it. */
const keys = new Set([
  'SOPInstanceUID',
  'SOPClassUID',
  'SeriesInstanceUID',
  'StudyInstanceUID',
  'FrameOfReferenceUID',
  'Modality',
  'PatientID',
  'IssuerOfPatientID',
])

/**
 * Looks at an instance while it passes: keeps the head that the event and the triggers need, and follows the
 * structure to its last byte, so that a data set that was cut is never called stored.
 */
export class Inspection {
  readonly #head: HeadReader
  readonly #structure: StructureReader
  readonly #inflate: InflateRaw | undefined
  #broken: unknown

  constructor(meta: Buffer, transferSyntaxUid: string) {
    const deflated = isDeflated(transferSyntaxUid)
    this.#head = new HeadReader(keys)
    this.#head.push(meta)
    this.#structure = new StructureReader({
      implicitVr: transferSyntaxUid === implicitVrLittleEndian,
      littleEndian: transferSyntaxUid !== explicitBigEndian,
    })
    if (deflated) {
      this.#inflate = createInflateRaw({ finishFlush: constants.Z_FINISH })
      this.#inflate.on('data', (bytes: Buffer) => this.#structure.push(bytes))
      this.#inflate.on('error', (error) => (this.#broken ??= error))
    }
  }

  /** Takes the next bytes of the data set; where they are to be inflated, resolves when more may come. */
  push(bytes: Buffer): Promise<void> | undefined {
    if (this.#broken) return undefined
    try {
      this.#head.push(bytes)
    } catch (error) {
      this.#broken = error
      return undefined
    }
    const inflate = this.#inflate
    if (!inflate) this.#structure.push(bytes)
    if (!inflate || inflate.destroyed) return undefined
    return new Promise<void>((resolve) => {
      inflate.once('close', resolve)
      inflate.write(bytes, () => {
        inflate.off('close', resolve)
        resolve()
      })
    })
  }

  /** The head, once the data set is whole; RD_DICOM_UNREADABLE where it is not. */
  async end(): Promise<Head> {
    const inflate = this.#inflate
    if (inflate && !this.#broken && !inflate.destroyed)
      await new Promise<void>((resolve) => {
        inflate.once('close', resolve)
        inflate.end()
      })
    const problem = this.#broken ? messageOf(this.#broken) : this.#structure.end()
    if (problem !== undefined)
      throw new RadDeployError('RD_DICOM_UNREADABLE', `data set unreadable: ${problem}`)
    return this.#head.end()
  }

  /** Nothing more will come. */
  abort(): void {
    this.#inflate?.destroy()
  }
}
