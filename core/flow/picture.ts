import { placeNameOf } from './destinationSchema.ts'
import { edgesOf, modelName, result, source } from './graph.ts'
import { gpusOf } from './placement.ts'
import { type Flow, type Model } from './schema.ts'

/** What is drawn of a flow. */
export type Pictured = Pick<Flow, 'name' | 'models' | 'destinations' | 'return_to_sender_on_ports'>

/** A node: where files come in and leave (`mount`), a model, or who is sent to (`peer`). */
export interface Node {
  readonly id: string
  readonly kind: 'mount' | 'model' | 'peer'
  readonly text: string
}

/** An arrow between two nodes, with what stands on it. */
export interface Arrow {
  readonly from: string
  readonly to: string
  readonly text: string
}

/** The graph of a flow, whatever it is written in. */
export interface Picture {
  readonly title: string
  readonly nodes: readonly Node[]
  readonly arrows: readonly Arrow[]
}

/** Names may hold whatever YAML can say; a picture is one line of text each, and valid XML. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ')

const gpuText = (model: Model): string[] => {
  const gpus = gpusOf(model)
  return gpus === 0 ? [] : [gpus === 1 ? 'GPU' : `${gpus} GPUs`]
}

const modelText = (flow: Pictured, index: number): string => {
  const model = flow.models[index]!
  const notes = [...gpuText(model), ...(model.optional ? ['optional'] : [])]
  return `${modelName(flow, index)}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
}

/** What a model asks of the files of a mount before it runs, by the tags that it looks at. */
const condition = ({ when }: Model, mount: string): string => {
  const triggers = when !== undefined && Object.hasOwn(when, mount) ? when[mount]! : []
  const tags = [...new Set(triggers.flatMap((trigger) => Object.keys(trigger)))]
  return tags.length > 0 ? `when ${tags.join(', ')}` : ''
}

/** Models and what is between them: from `src` through the mounts to `dst`, and on to those who get it. */
export const pictureOf = (flow: Pictured): Picture => {
  const { models, destinations, return_to_sender_on_ports: ports } = flow
  const peers: readonly Node[] = [
    ...destinations.map((one, i): Node => ({ id: `d${i}`, kind: 'peer', text: placeNameOf(one) })),
    ...ports.map((port, i): Node => ({ id: `s${i}`, kind: 'peer', text: `sender, port ${port}` })),
  ]
  const arrow = (from: string, to: string, ...said: readonly string[]): Arrow => ({
    from,
    to,
    text: plain(said.filter((text) => text !== '').join(', ')),
  })
  const nodes: readonly Node[] = [
    { id: 'src', kind: 'mount', text: source },
    { id: 'dst', kind: 'mount', text: result },
    ...models.map((_, i): Node => ({ id: `m${i}`, kind: 'model', text: modelText(flow, i) })),
    ...peers,
  ]
  return {
    title: plain(flow.name),
    nodes: nodes.map((node) => ({ ...node, text: plain(node.text) })),
    arrows: [
      ...models.flatMap((model, i) =>
        Object.hasOwn(model.input_mounts, source) ? [arrow('src', `m${i}`, condition(model, source))] : [],
      ),
      ...edgesOf(flow).map(({ from, to, mount }) =>
        arrow(`m${from}`, `m${to}`, mount, condition(models[to]!, mount)),
      ),
      ...models.flatMap((model, i) =>
        Object.hasOwn(model.output_mounts, result) ? [arrow(`m${i}`, 'dst')] : [],
      ),
      ...(models.length === 0 ? [arrow('src', 'dst')] : []),
      ...peers.map(({ id }) => arrow('dst', id)),
    ],
  }
}
