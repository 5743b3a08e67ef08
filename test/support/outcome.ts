import { inflateRawSync } from 'node:zlib'
import { expect } from 'vitest'
import { readElements } from '../../core/dicom/attributes/elements.ts'
import {
  type Syntax,
  type Wanted,
  dataset,
  deidentifierOf,
  encodingOf,
  fileOf,
  names,
  rewrite,
} from './datasets.ts'

const added = [0x00120062, 0x00120063, 0x00120064, 0x00280303]

/** What elements become, by tag, without what every instance has or gets; text without padding. */
export const outcome = async (
  rules: unknown,
  elements: readonly Wanted[],
  syntax: Syntax = 'explicit',
): Promise<Record<string, unknown>> => {
  const all = [...names, ...elements].sort((a, b) => a.tag - b.tag)
  const { content } = await rewrite(deidentifierOf(rules), fileOf(dataset(all, encodingOf(syntax)), syntax))
  const plain = syntax === 'deflated' ? inflateRawSync(content) : content
  const reading = readElements(plain, 0, plain.length, encodingOf(syntax))
  expect(reading.complete).toBe(true)
  return shown(reading.elements.filter(({ tag }) => !isOurs(tag)))
}
const isOurs = (tag: number): boolean => added.includes(tag) || names.some((one) => one.tag === tag)

type Read = ReturnType<typeof readElements>['elements']
const shown = (elements: Read): Record<string, unknown> =>
  Object.fromEntries(
    elements.map(({ tag, value, items }) => [
      tag.toString(16).padStart(8, '0'),
      items ? items.map(shown) : value.toString('latin1').replace(/[\0 ]+$/, ''),
    ]),
  )

/** An element to write. */
export const one = (tag: number, vr: string, value: Wanted['value']): Wanted => ({ tag, vr, value })
