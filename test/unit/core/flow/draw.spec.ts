import { expect, test } from 'vitest'
import { drawFlow } from '../../../../core/flow/draw.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'

const drawn = (text: string): string =>
  drawFlow(parseFlow(`triggers: [{Modality: [CT]}]\n${text}`, 'f.yaml').flow!)

test('a flow is drawn as a Mermaid flowchart', () => {
  expect(
    drawn(`models:
  - {docker_kwargs: {image: "elastix:5"}, output_mounts: {registered: /out}}
  - {name: 'predict "A"', docker_kwargs: {image: p}, gpu: true, input_mounts: {registered: /in}, output_mounts: {mask: /out}}
  - {docker_kwargs: {image: merge}, optional: true, input_mounts: {src: /ct, mask: /in}}
destinations: [{host: pacs, port: 104, ae_title: PACS}]
return_to_sender_on_ports: [11112]
`),
  ).toBe(`flowchart LR
  src(["src"])
  dst(["dst"])
  m0["elastix"]
  m1["predict #quot;A#quot; (GPU)"]
  m2["merge (optional)"]
  d0[/"PACS@pacs:104"/]
  s0[/"sender, port 11112"/]
  src --> m0
  src --> m2
  m0 -->|"registered"| m1
  m1 -->|"mask"| m2
  m2 --> dst
  dst --> d0
  dst --> s0
`)
})

test('how many GPUs a model needs, and on which tags of which mount it depends, is in it', () => {
  const chart = drawn(`models:
  - {docker_kwargs: {image: a}, gpus: 2, optional: true, output_mounts: {mask: /o}, when: {src: [{Modality: [CT], PatientSex: [F]}]}}
  - {docker_kwargs: {image: b}, gpu_memory: 8g, input_mounts: {mask: /m}, when: {mask: [{Modality: [SEG]}, {Modality: [RTSTRUCT]}]}}
`)
  expect(chart).toContain('m0["a (2 GPUs, optional)"]')
  expect(chart).toContain('m1["b (GPU)"]')
  expect(chart).toContain('src -->|"when Modality, PatientSex"| m0')
  expect(chart).toContain('m0 -->|"mask, when Modality"| m1')
})

test('a name of several lines is one line', () => {
  expect(drawn('models: [{name: "a\\n  b --> c", docker_kwargs: {image: x}}]')).toContain(
    'm0["a   b --#gt; c"]',
  )
})

test('a flow without models sends what it received', () => {
  expect(drawn('')).toContain('  src --> dst\n')
})
