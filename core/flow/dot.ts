import { type Node, type Pictured, pictureOf } from './picture.ts'

/** Graphviz reads escapes after "\" and the entities of HTML in its texts. */
const quoted = (text: string): string =>
  `"${text.replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

const font = 'fontname="Helvetica,Arial,sans-serif"'
const shapes: Readonly<Record<Node['kind'], string>> = {
  mount: 'shape=ellipse',
  model: 'shape=box style="rounded,filled" fillcolor="#e8f1fa"',
  peer: 'shape=box style=dashed',
}

/** The graph of a flow in the language of Graphviz, from left to right: models as boxes, mounts on the arrows. */
export const dotOf = (flow: Pictured): string => {
  const { title, nodes, arrows } = pictureOf(flow)
  return [
    'digraph {',
    `  graph [rankdir=LR ordering=out ranksep=0.6 nodesep=0.35 pad=0.2 tooltip=${quoted(title)}]`,
    // Room to spare: the font of whoever looks at it may be wider than the one that is reckoned with.
    `  node [${font} fontsize=12 margin="0.25,0.08" color="#44586b"]`,
    `  edge [${font} fontsize=10 color="#44586b"]`,
    ...nodes.map(({ id, kind, text }) => `  ${id} [label=${quoted(text)} ${shapes[kind]}]`),
    ...arrows.map(
      ({ from, to, text }) => `  ${from} -> ${to}${text === '' ? '' : ` [label=${quoted(text)}]`}`,
    ),
    '}',
    '',
  ].join('\n')
}
