import fc from 'fast-check'
import { decodeCommandSet } from '../../core/dicom/commandSet.ts'
import { HeadReader } from '../../core/dicom/head.ts'
import { part10Header } from '../../core/dicom/part10.ts'
import { StructureReader } from '../../core/dicom/structure.ts'
import { isRadDeployError } from '../../core/error/error.ts'
import { checkAssociateRequest } from '../../infra/dimse/associateRequest.ts'
import { Inspection } from '../../producers/intake/inspect.ts'
import { dataset } from './datasets.ts'
import { cuts, mutated, pieces } from './mutations.ts'
import { startTarget } from './receiver.ts'
import { command, conversation, request } from './streams.ts'

/** Something that must hold for any bytes. */
export interface Property {
  readonly name: string
  check(effort: Effort): Promise<void>
}
/** From which seed, and how much. */
export type Effort = Pick<
  fc.Parameters<void>,
  'seed' | 'numRuns' | 'interruptAfterTimeLimit' | 'endOnFailure'
>

/** What came out, or the code of our error; anything else that is thrown is a defect. */
const outcomeOf = <T>(read: () => T): T | string => {
  try {
    return read()
  } catch (error) {
    if (isRadDeployError(error)) return error.code
    throw error
  }
}

const names = { sopClassUid: '1.2.3', sopInstanceUid: '1.2.4' }
const keys = new Set(['SOPInstanceUID', 'PatientID', 'Modality', 'StructureSetLabel'])

export const properties: readonly Property[] = [
  {
    name: 'whatever a peer sends, its connection ends, each of its instances has one end, and nothing is thrown',
    check: async (effort) => {
      const target = await startTarget()
      const property = fc.asyncProperty(conversation, cuts, async (bytes, places) => {
        const wrong = await target.converse(pieces(bytes, places))
        if (wrong.length > 0) throw new Error(wrong.join('; '))
      })
      await fc.assert(property, effort).finally(target.close)
    },
  },
  {
    name: 'any A-ASSOCIATE-RQ is read, or said to break the protocol',
    check: async (effort) =>
      fc.assert(
        fc.property(mutated(request), (bytes) => {
          const outcome = outcomeOf(() => checkAssociateRequest(bytes))
          return typeof outcome === 'object' || outcome === 'RD_DICOM_PROTOCOL'
        }),
        effort,
      ),
  },
  {
    name: 'any command set is read, or said to break the protocol',
    check: async (effort) =>
      fc.assert(
        fc.property(mutated(command), (bytes) => {
          const outcome = outcomeOf(() => decodeCommandSet(bytes))
          return typeof outcome === 'object' || outcome === 'RD_DICOM_PROTOCOL'
        }),
        effort,
      ),
  },
  {
    name: 'the structure of a data set is the same however it is cut, and is followed to its end',
    check: async (effort) =>
      fc.assert(
        fc.property(dataset, cuts, ({ bytes, how }, places) => {
          const problemOf = (chunks: readonly Buffer[]): string | undefined => {
            const reader = new StructureReader(how)
            for (const chunk of chunks) reader.push(chunk)
            return reader.end()
          }
          const bytewise = Array.from(bytes, (byte) => Buffer.from([byte]))
          const whole = problemOf([bytes])
          return problemOf(pieces(bytes, places)) === whole && problemOf(bytewise) === whole
        }),
        effort,
      ),
  },
  {
    name: 'the head of a file is the same however it is cut, or said to be unreadable',
    check: async (effort) =>
      fc.assert(
        fc.property(dataset, cuts, ({ bytes, how }, places) => {
          const file = Buffer.concat([part10Header({ ...names, transferSyntaxUid: how.syntax }), bytes])
          const headOf = (chunks: readonly Buffer[]) =>
            outcomeOf(() => {
              const reader = new HeadReader(keys)
              for (const chunk of chunks) reader.push(chunk)
              return JSON.stringify(reader.end())
            })
          return headOf(pieces(file, places)) === headOf([file])
        }),
        effort,
      ),
  },
  {
    name: 'a data set that passes is called whole or unreadable, and nothing else happens',
    check: async (effort) =>
      fc.assert(
        fc.asyncProperty(dataset, cuts, async ({ bytes, how }, places) => {
          const meta = part10Header({ ...names, transferSyntaxUid: how.syntax })
          const inspection = new Inspection(meta, how.syntax)
          for (const piece of pieces(bytes, places)) await inspection.push(piece)
          await inspection.end().catch((error: unknown) => {
            if (!isRadDeployError(error, 'RD_DICOM_UNREADABLE')) throw error
          })
        }),
        effort,
      ),
  },
]
