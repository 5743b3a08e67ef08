import { expect, test } from 'vitest'
import { dotOf } from '../../../../core/flow/dot.ts'
import { drawFlow } from '../../../../core/flow/draw.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'

const flow = parseFlow(
  `name: 'a & b'
triggers: [{Modality: [CT]}]
models:
  - {name: 'predict "A\\N" &lt;', docker_kwargs: {image: p}, gpus: 2, output_mounts: {mask: /out}}
  - {docker_kwargs: {image: merge}, input_mounts: {src: /ct, mask: /in}}
destinations: [{host: pacs, port: 104, ae_title: PACS}]
return_to_sender_on_ports: [11112]
`,
  'f.yaml',
).flow!

test('a flow is written for Graphviz: from left to right, models as boxes, mounts on the arrows', () => {
  const lines = dotOf(flow).split('\n')
  expect(lines[1]).toMatch(/rankdir=LR .*tooltip="a &amp; b"/)
  expect(lines.slice(4)).toEqual([
    '  src [label="src" shape=ellipse]',
    '  dst [label="dst" shape=ellipse]',
    // Neither an escape nor an entity is what it looks like: both are shown as they were written.
    expect.stringMatching(/^ {2}m0 \[label="predict \\"A\\\\N\\" &amp;lt; \(2 GPUs\)" shape=box /),
    expect.stringMatching(/^ {2}m1 \[label="merge" shape=box /),
    '  d0 [label="PACS@pacs:104" shape=box style=dashed]',
    '  s0 [label="sender, port 11112" shape=box style=dashed]',
    '  src -> m0',
    '  src -> m1',
    '  m0 -> m1 [label="mask"]',
    '  m1 -> dst',
    '  dst -> d0',
    '  dst -> s0',
    '}',
    '',
  ])
})

test('it has the nodes and arrows of the Mermaid flowchart', () => {
  const arrows = (text: string, arrow: RegExp): string[] =>
    [...text.matchAll(arrow)].map(([, from, to]) => `${from} ${to}`)
  const mermaid = arrows(drawFlow(flow), /^ {2}(\w+) -->(?:\|.*\|)? (\w+)$/gm)
  expect(mermaid).toHaveLength(6)
  expect(arrows(dotOf(flow), /^ {2}(\w+) -> (\w+)/gm)).toEqual(mermaid)
})
