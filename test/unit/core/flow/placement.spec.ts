import { describe, expect, test } from 'vitest'
import { definitionOf } from '../../../../core/flow/hash.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { needsOf } from '../../../../core/flow/placement.ts'
import { problemText } from '../../../../core/flow/problem.ts'
import { flowOf, type Model } from '../../../../core/flow/schema.ts'

const file = (lines: string): string =>
  `name: f\ntriggers: [{Modality: [CT]}]\nmodels:\n  - docker_kwargs: {image: seg}\n    ${lines}\n`
const read = (lines: string) => parseFlow(file(lines), 'f.yaml')
const modelIn = (lines: string): Model => read(lines).flow!.models[0]!
const problemsOf = (lines: string) => read(lines).problems?.map(problemText)

describe('what a model needs of a worker', () => {
  test.each([
    ['cpus: 4', { cpus: 4 }],
    ['cpus: 0.5', { cpus: 0.5 }],
    ['memory: 512m', { memory: 512 * 1024 ** 2 }],
    ['memory: 1.5g', { memory: 1.5 * 1024 ** 3 }],
    ['memory: 1000000', { memory: 1_000_000 }],
    ['gpus: 2', { gpus: 2, gpu: true }],
    ['gpus: 0', { gpus: 0, gpu: false }],
    ['gpu_memory: 8g', { gpu_memory: 8 * 1024 ** 3, gpu: true }],
    ['labels: a100', { labels: ['a100'] }],
    ['labels: [a100, fast, a100]', { labels: ['a100', 'fast'] }],
  ])('%s', (line, said) => expect(modelIn(line)).toMatchObject(said))

  test.each([
    ['none', 'timeout: 60', { cpus: 1, memory: 0, gpus: 0, gpuMemory: 0, labels: [] }],
    ['gpu: true', 'gpu: true', { gpus: 1, gpuMemory: 0 }],
    ['a share of a GPU', 'gpu_memory: 2g', { gpus: 1, gpuMemory: 2 * 1024 ** 3 }],
    ['shares of three', 'gpus: 3\n    gpu_memory: 2g', { gpus: 3, gpuMemory: 2 * 1024 ** 3 }],
    ['cpus', 'cpus: 2.5\n    memory: 1g\n    labels: x', { cpus: 2.5, memory: 1024 ** 3, labels: ['x'] }],
  ])('comes to numbers for the dispatcher: %s', (_, lines, needs) =>
    expect(needsOf(modelIn(lines))).toMatchObject(needs),
  )

  test('network is the name that people expect of network_mode, and the same in the definition', () => {
    const inside = parseFlow(
      file('timeout: 60').replace('image: seg', 'image: seg, network_mode: trial'),
      'f.yaml',
    )
    expect(definitionOf(read('timeout: 60\n    network: trial').flow!)).toBe(definitionOf(inside.flow!))
  })

  test('leaves no trace in the definition where the file says nothing of it', () => {
    const keys = ['cpus', 'memory', 'gpus', 'gpu_memory', 'labels', 'network', 'retries', 'cache', 'when']
    const model = modelIn('gpu: true')
    expect(keys.filter((key) => Object.hasOwn(model, key))).toEqual([])
  })

  test('is read from a definition as it was written there', () => {
    const { flow } = read(
      'cpus: 1.5\n    memory: 2g\n    gpus: 2\n    gpu_memory: 1g\n    labels: b\n    network: bridge',
    )
    expect(flowOf(definitionOf(flow!))).toEqual(flow)
  })
})

describe('what cannot be is said where it stands', () => {
  test.each([
    ['cpus: two', '5:11: models[0].cpus: is a number of CPUs'],
    ['cpus: 0', '5:11: models[0].cpus: is at least 0.01, which Docker can keep'],
    ['cpus: 2000', '5:11: models[0].cpus: is a number of CPUs up to 1024'],
    ['memory: lots', '5:13: models[0].memory: is a number of bytes, or digits with a unit: 512m, 2g'],
    ['memory: -1', '5:13: models[0].memory: is a number of bytes, or digits with a unit: 512m, 2g'],
    ['memory: 0g', '5:13: models[0].memory: is more than nothing'],
    ['memory: 99999999t', '5:13: models[0].memory: is at most 1024t'],
    ['gpus: 1.5', '5:11: models[0].gpus: is a whole number of GPUs'],
    ['gpus: -1', '5:11: models[0].gpus: is a number of GPUs'],
    ['gpus: 100', '5:11: models[0].gpus: is a number of GPUs up to 64'],
    ['gpu_memory: 0b', '5:17: models[0].gpu_memory: is more than nothing'],
    ['gpus: 0\n    gpu: true', '5:5: models[0].gpus: is 0, but gpu asks for one'],
    ['gpus: 0\n    gpu_memory: 1g', '5:5: models[0].gpus: is 0, but gpu_memory asks for one'],
    [
      'labels: {a: b}',
      '5:5: models[0].labels: is a list of labels of workers; those of the container belong into docker_kwargs',
    ],
    [
      'labels: [a, b c]',
      '5:17: models[0].labels[1]: is a word of up to 128 characters, without blanks and ","',
    ],
    [
      'network: "container:abc"',
      '5:14: models[0].network: is one of none, bridge, host, the name of a network',
    ],
    ['cpu: 2', '5:5: models[0].cpu: is not known; did you mean "cpus"?'],
    ['gpu_mem: 2g', '5:5: models[0].gpu_mem: is not known; did you mean "gpu_memory"?'],
    ['mem_limit: 2g', '5:5: models[0].mem_limit: is not known here; it belongs into docker_kwargs'],
  ])('%s', (lines, problem) => expect(problemsOf(lines)).toEqual([`f.yaml:${problem}`]))

  test('two names for one network', () => {
    const text = file('network: host').replace('image: seg', 'image: seg, network_mode: bridge')
    expect(parseFlow(text, 'f.yaml').problems?.map(problemText)).toEqual([
      'f.yaml:5:5: models[0].network: is the same as network_mode of docker_kwargs; keep one',
    ])
  })

  test.each(['cpus: 2', 'memory: 2g', 'gpus: 1', 'gpu_memory: 1g', 'retries: 2', 'cache: true'])(
    '%s inside docker_kwargs, where it is often looked for',
    (line) => {
      const text = file('timeout: 60').replace('image: seg', `image: seg, ${line}`)
      expect(parseFlow(text, 'f.yaml').problems?.map(({ reason }) => reason)).toEqual([
        'is not known here; it belongs beside docker_kwargs',
      ])
    },
  )

  test.each(['cpus: 2', 'retries: 3', 'labels: [a]', 'cache: true', 'when: {}'])(
    '%s at the top of the file',
    (line) =>
      expect(parseFlow(`${line}\n${file('timeout: 60')}`, 'f.yaml').problems?.map(problemText)).toEqual([
        `f.yaml:1:1: ${line.split(':')[0]}: is not known here; it belongs into one of the models`,
      ]),
  )
})
