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

test('a definition is a flow file of the same flow', () => {
  const full = flowIn(`name: f
triggers: [{Modality: [CT]}]
bundle: {by: study, quiet: 1m, deadline: 1h}
models:
  - docker_kwargs: {image: a, environment: {A: 1.0, B: yes}}
    cpus: 1.5
    memory: 1g
    gpus: 2
    gpu_memory: 512m
    labels: b
    network: bridge
    retries: {times: 2, on: [oom], backoff: 1m}
    cache: true
    when: {src: [{Modality: CT}]}
`)
  for (const flow of [written, full]) expect(flowIn(definitionOf(flow))).toEqual(flow)
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
    'own_results: take',
    'extra: {a: 1}',
    'models: [{docker_kwargs: {image: i}}]',
    ...['cpus: 2', 'memory: 1g', 'gpus: 1', 'gpu_memory: 1g', 'labels: a', 'network: none', 'retries: 1'].map(
      (line) => `models: [{docker_kwargs: {image: i}, ${line}}]`,
    ),
    'models: [{docker_kwargs: {image: i}, cache: true}]',
    'models: [{docker_kwargs: {image: i}, when: {src: [{Modality: [CT]}]}}]',
  ]
  const hashes = [text, ...others.map((line) => text + line)].map((one) => flowHash(flowIn(one)))
  expect(new Set(hashes).size).toBe(others.length + 1)
})

test('what is so by default may be said without another hash', () =>
  expect(flowHash(flowIn('name: f\ntriggers: [{Modality: [CT]}]\nown_results: leave\n'))).toBe(
    flowHash(flowIn('name: f\ntriggers: [{Modality: [CT]}]\n')),
  ))

test('the hash of a definition is the same for ever, whatever keys come to be known', () => {
  expect(flowHash(written)).toBe('8d128927fcfb623e37baff2ff9f9fa6a4ba4412ee0f2e8c8887063f251e06203')
  expect(flowHash(flowIn('name: f\ntriggers: [{Modality: [CT]}]\n'))).toBe(
    '17cd1fa3970b36873c9efec081e47fba9d64536e2cfb549ecad66e30303008f8',
  )
})
