import { SaxesParser } from 'saxes'
import { expect, test } from 'vitest'
import { svgOf } from '../../../../../app/cli/flows/svg.ts'
import { parseFlow } from '../../../../../core/flow/parse.ts'

interface Word {
  readonly text: string
  readonly x: number
}

/** The texts of an SVG in the order of its drawing, and how many of each element it has; rejects what is no XML. */
const readSvg = (
  svg: string,
): { readonly words: readonly Word[]; readonly elements: Record<string, number> } => {
  const words: Word[] = []
  const elements: Record<string, number> = {}
  let at: number | undefined
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    elements[name] = (elements[name] ?? 0) + 1
    at = name === 'text' ? Number(attributes['x']) : undefined
  })
  parser.on('text', (text) => {
    if (at !== undefined) words.push({ text, x: at })
  })
  parser.on('closetag', () => (at = undefined))
  parser.write(svg).close()
  return { words, elements }
}
const drawn = async (text: string) =>
  readSvg(await svgOf(parseFlow(`triggers: [{Modality: [CT]}]\n${text}`, 'f.yaml').flow!))

test('a flow is an SVG that reads from left to right', async () => {
  const { words, elements } = await drawn(`models:
  - {name: first, docker_kwargs: {image: a}, output_mounts: {mask: /o}}
  - {name: second, docker_kwargs: {image: b}, gpu: true, input_mounts: {mask: /i}}
destinations: [{host: pacs, port: 104, ae_title: PACS}]
`)
  expect(elements['svg']).toBe(1)
  const fromLeft = [...words].sort((a, b) => a.x - b.x).map(({ text }) => text)
  expect(fromLeft).toEqual(['src', 'first', 'mask', 'second (GPU)', 'dst', 'PACS@pacs:104'])
})

test('names of any kind are shown as they are, and leave it XML', async () => {
  const name = `a "b" <c> & d \\N \\G &lt; ü 心 \\\\`
  const { words } = await drawn(`name: "x <&> \\x01 \\ud800"
models:
  - {name: '${name}', docker_kwargs: {image: a}, output_mounts: {"m<&>\\"": /o}}
  - {name: "line\\nbreak\\x07", docker_kwargs: {image: b}, input_mounts: {"m<&>\\"": /i}}
destinations: [{host: "h<&>", port: 104, ae_title: "A&B<\\">"}]
`)
  const texts = words.map(({ text }) => text)
  for (const text of [name, 'm<&>"', 'line break ', 'A&B<">@h<&>:104']) expect(texts).toContain(text)
})
