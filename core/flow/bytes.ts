import { z } from 'zod'

const wanted = { error: 'is a number of bytes, or digits with a unit: 512m, 2g' }

/** Bytes: a number, or digits with b, k, m, g or t, as docker-py takes them. */
export const bytes = z.union(
  [z.number().int(wanted).positive(wanted), z.string().regex(/^\d+(\.\d+)?([bkmgtBKMGT][bB]?)?$/, wanted)],
  wanted,
)

const units = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

/** Bytes of a size as docker-py takes it: a number of bytes, or `512m`, `1.5g`, `2gb`; as the flow schema lets pass. */
export const bytesOf = (size: number | string): number => {
  if (typeof size === 'number') return size
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)/i.exec(size) ?? []
  return Math.trunc(Number(digits) * units[(unit.toLowerCase() || 'b') as keyof typeof units])
}
