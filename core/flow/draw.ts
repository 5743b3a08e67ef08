import { type Node, type Pictured, pictureOf } from './picture.ts'

/** Mermaid reads markup inside its quotes. */
const quoted = (text: string): string =>
  `"${text.replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')}"`

const shapes: Readonly<Record<Node['kind'], (text: string) => string>> = {
  mount: (text) => `([${text}])`,
  model: (text) => `[${text}]`,
  peer: (text) => `[/${text}/]`,
}

/** The graph of a flow as a Mermaid flowchart: models as boxes, mounts as arrows. */
export const drawFlow = (flow: Pictured): string => {
  const { nodes, arrows } = pictureOf(flow)
  return [
    'flowchart LR',
    ...nodes.map(({ id, kind, text }) => `  ${id}${shapes[kind](quoted(text))}`),
    ...arrows.map(({ from, to, text }) => `  ${from} -->${text === '' ? '' : `|${quoted(text)}|`} ${to}`),
    '',
  ].join('\n')
}
