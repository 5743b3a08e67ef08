import { expect, test } from 'vitest'
import { definitionOf, flowHash } from '../../../../core/flow/hash.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { flowOf, modelOf } from '../../../../core/flow/schema.ts'

const flowIn = (text: string) => parseFlow(text, 'f.yaml').flow!
const written = flowIn(`name: f
priority: 2
triggers: [{Modality: [CT], "(0008,103e)": ["~x"]}]
models:
  - docker_kwargs: {image: "a/b:1", command: sh -c 'x y', environment: {A: 1.0}, user: 0, labels: [l]}
    static_mounts: {w: /w}
    gpu: "yes"
    config: {b: 1, a: [1, {d: 2, c: 3}]}
destinations: [{host: h, port: 104, ae_title: A}]
return_to_sender_on_port: 104
`)

test('a definition does not change by being read again, so that old events mean what they meant', () => {
  expect(flowOf(definitionOf(written))).toEqual(written)
  expect(modelOf(JSON.stringify(written.models[0]))).toEqual(written.models[0])
})

test('the hash is that of the meaning: comments, order of keys and spelled-out defaults do not change it', () => {
  const a = flowIn('name: f\ntriggers: [{Modality: [CT], PatientID: [x]}]\n')
  const b = flowIn(
    '# f\ntriggers:\n  - PatientID: x\n    Modality: ["CT"]\nversion: ""\nmodels: []\nname: f\n',
  )
  expect(flowHash(a)).toBe(flowHash(b))
  expect(flowHash(a)).toMatch(/^[0-9a-f]{64}$/)
})

test('any change of meaning changes the hash', () => {
  const text = 'name: f\ntriggers: [{Modality: [CT]}]\n'
  const others = [
    'version: "1"',
    'priority: 1',
    'tar_subdir: [Modality]',
    'extra: {a: 1}',
    'models: [{docker_kwargs: {image: i}}]',
  ]
  expect(new Set([text, ...others.map((line) => text + line)].map((one) => flowHash(flowIn(one)))).size).toBe(
    6,
  )
})

test('the hash of a definition is the same for ever', () => {
  expect(flowHash(flowIn('name: f\ntriggers: [{Modality: [CT]}]\n'))).toBe(
    '17cd1fa3970b36873c9efec081e47fba9d64536e2cfb549ecad66e30303008f8',
  )
})
