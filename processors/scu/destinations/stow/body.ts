import { randomUUID } from 'node:crypto'
import { type Readable } from 'node:stream'
import { type OutgoingInstance } from '../../instances.ts'

/** A multipart/related body of Part 10 files as they are stored (PS3.18, 8.6.1 and 10.5). */
export interface StowBody<T> {
  readonly type: string
  readonly length: number
  readonly bytes: () => AsyncIterable<Buffer>
  /** The instance whose bytes were wanted last: the one that broke off, where its source did. */
  readonly current: () => T | undefined
}

/** A file that goes out. */
interface Outgoing {
  readonly file: { readonly size: number; open(): Promise<Readable> }
}

/** Makes the body; files go through it, none is held. */
export const stowBody = <T extends Outgoing>(instances: readonly T[]): StowBody<T> => {
  const boundary = `raddeploy-${randomUUID()}`
  const part = Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`)
  const lineEnd = Buffer.from('\r\n')
  const end = Buffer.from(`--${boundary}--\r\n`)
  let current: T | undefined
  return {
    type: `multipart/related; type="application/dicom"; boundary=${boundary}`,
    length: instances.reduce((sum, { file }) => sum + part.length + file.size + lineEnd.length, end.length),
    bytes: async function* () {
      for (const instance of instances) {
        current = instance
        yield part
        yield* (await instance.file.open()) as AsyncIterable<Buffer>
        // Only now: a file that is not what it should be leaves the request without an end.
        yield lineEnd
      }
      current = undefined
      yield end
    },
    current: () => current,
  }
}

const most = { instances: 100, bytes: 256 * 1024 * 1024 }

/** As many instances as go out in one request, in their order. */
export const batches = (
  instances: readonly OutgoingInstance[],
  limits: { readonly instances: number; readonly bytes: number } = most,
): readonly (readonly OutgoingInstance[])[] => {
  const found: OutgoingInstance[][] = []
  let bytes = 0
  for (const instance of instances) {
    const last = found.at(-1)
    bytes += instance.file.size
    if (last && last.length < limits.instances && bytes <= limits.bytes) last.push(instance)
    else {
      found.push([instance])
      bytes = instance.file.size
    }
  }
  return found
}
