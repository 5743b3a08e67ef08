import { edgesOf, modelName, result, source } from './graph.ts'
import { type Flow } from './schema.ts'

/** Mermaid reads markup inside its quotes. */
const quoted = (text: string): string =>
  `"${text.replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')}"`

/** The graph of a flow as a Mermaid flowchart: models as boxes, mounts as arrows. */
export const drawFlow = (
  flow: Pick<Flow, 'models' | 'destinations' | 'return_to_sender_on_ports'>,
): string => {
  const { models, destinations } = flow
  const lines = ['flowchart LR', `  src([${quoted(source)}])`, `  dst([${quoted(result)}])`]
  models.forEach((model, i) => {
    const name = `${modelName(flow, i)}${model.gpu ? ' (GPU)' : ''}${model.optional ? ' (optional)' : ''}`
    lines.push(`  m${i}[${quoted(name)}]`)
  })
  models.forEach((model, i) => {
    if (Object.hasOwn(model.input_mounts, source)) lines.push(`  src --> m${i}`)
  })
  for (const { from, to, mount } of edgesOf(flow)) lines.push(`  m${from} -->|${quoted(mount)}| m${to}`)
  models.forEach((model, i) => {
    if (Object.hasOwn(model.output_mounts, result)) lines.push(`  m${i} --> dst`)
  })
  if (models.length === 0) lines.push('  src --> dst')
  destinations.forEach(({ host, port, ae_title }, i) => {
    lines.push(`  dst --> d${i}[/${quoted(`${ae_title}@${host}:${port}`)}/]`)
  })
  flow.return_to_sender_on_ports.forEach((port, i) => {
    lines.push(`  dst --> s${i}[/${quoted(`sender, port ${port}`)}/]`)
  })
  return `${lines.join('\n')}\n`
}
