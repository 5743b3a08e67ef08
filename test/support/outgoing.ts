import { Readable } from 'node:stream'
import { type Instance } from '../../infra/dimse/sender/instance.ts'

export const ctImage = '1.2.840.10008.5.1.4.1.1.2'
export const explicitLittleEndian = '1.2.840.10008.1.2.1'

/** An instance to send, its data set in chunks of some size. */
export const outgoing = (
  id: string,
  dataset: Buffer,
  { chunk = 1000, ...more }: Partial<Instance> & { readonly chunk?: number } = {},
): Instance => ({
  id,
  sopClassUid: ctImage,
  sopInstanceUid: `1.2.3.${id}`,
  transferSyntaxUid: explicitLittleEndian,
  size: dataset.length,
  open: () => {
    const chunks = Array.from({ length: Math.ceil(dataset.length / chunk) }, (_, n) =>
      dataset.subarray(n * chunk, (n + 1) * chunk),
    )
    return Promise.resolve(Readable.from(chunks, { objectMode: false }))
  },
  ...more,
})

/** Bytes that differ from place to place. */
export const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, n) => (n * 7) % 251))

/** As many instances, `1` to `count`. */
export const several = (count: number, length = 20): readonly Instance[] =>
  Array.from({ length: count }, (_, n) => outgoing(String(n + 1), bytes(length)))
