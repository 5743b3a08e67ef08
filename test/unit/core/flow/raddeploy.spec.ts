import { describe, expect, test } from 'vitest'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { problemText } from '../../../../core/flow/problem.ts'
import { type Flow } from '../../../../core/flow/schema.ts'
import { triggerTakes } from '../../../../core/flow/trigger.ts'

const flowIn = (text: string, file = 'f.yaml'): Flow => {
  const { flow, problems } = parseFlow(text, file)
  expect((problems ?? []).map(problemText)).toEqual([])
  return flow!
}

/** Constructs of the flow files in RadDeploy's repository, its tests and its manual, in files of our own. */
describe('what RadDeploy flow files do is understood', () => {
  test('the least there can be: one expression without a list, an image, nowhere to send to', () => {
    const { triggers, models, destinations } = flowIn(`triggers:
  - Modality: MR
models:
  - docker_kwargs:
      image: hello-world
destinations: []
`)
    expect(triggers).toEqual([{ Modality: ['MR'] }])
    expect(models[0]).toMatchObject({ input_mounts: { src: '/input' }, output_mounts: { dst: '/output' } })
    expect(destinations).toEqual([])
  })

  test('a fork that joins again, with a GPU on one branch and one input from two models back', () => {
    const { models, return_to_sender_on_ports, priority } = flowIn(`name: "fork.yaml"
triggers:
  - Modality: ["PT"]
return_to_sender_on_port: [4242]

models:
  - docker_kwargs:
      image: busybox
      command: sh -c 'echo $WHO; for d in /a /b; do cp -r /in/* $d; done'
    input_mounts:
      src: /in
    output_mounts:
      pet: /a
      uptake: /b
  - docker_kwargs: {image: busybox}
    input_mounts:
      uptake: /in
    output_mounts:
      left: /out
    gpu: True
  - docker_kwargs: {image: busybox}
    input_mounts:
      uptake: /in
    output_mounts:
      right: /out
    gpu: False
  - docker_kwargs: {image: busybox}
    input_mounts:
      left: /l
      right: /r
      pet: /pet
    output_mounts:
      dst: /out


destinations: []

priority: 4`)
    expect(models.map(({ gpu }) => gpu)).toEqual([false, true, false, false])
    expect(models[0]!.docker_kwargs.command).toEqual([
      'sh',
      '-c',
      'echo $WHO; for d in /a /b; do cp -r /in/* $d; done',
    ])
    expect(Object.keys(models[3]!.input_mounts)).toEqual(['left', 'right', 'pet'])
    expect({ return_to_sender_on_ports, priority }).toEqual({
      return_to_sender_on_ports: [4242],
      priority: 4,
    })
  })

  test('folds side by side and their merge, with files of the workers and comments anywhere', () => {
    const fold = (n: number): string => `
  - docker_kwargs:       # each as docker-py takes it
      image: busybox
      command: sh -c 'touch /o/${n}'
    input_mounts:
      src: /input
    output_mounts:
      part${n}: /o
`
    const { models } = flowIn(`triggers: [{Modality: ["CT"]}]
models:${[0, 1, 2].map(fold).join('')}
  - docker_kwargs:
      image: busybox
    input_mounts: {part0: /0, part1: /1, part2: /2}
    output_mounts:
      dst: /output
    pull_before_exec: True # ask the registry each time
    timeout: 900 # seconds
    static_mounts:
      - "Weights1:/w1" # found by the worker
      - "Weights2:/w2"# close behind a value, as PyYAML reads it, too
`)
    expect(models[3]).toMatchObject({
      static_mounts: ['Weights1:/w1', 'Weights2:/w2'],
      pull_before_exec: true,
      timeout: 900,
    })
  })

  test.each([
    ['"Weights:/w"', ['Weights:/w']],
    ['{Weights: /w}', ['Weights:/w']],
  ])('static_mounts: %s', (value, mounts) =>
    expect(
      flowIn(`triggers: [{Modality: CT}]\nmodels: [{docker_kwargs: {image: a}, static_mounts: ${value}}]`)
        .models[0]!.static_mounts,
    ).toEqual(mounts),
  )

  test('two models in a row, numbers as variables, destinations by name and by port, extra that stays with the run', () => {
    const flow = flowIn(`name: "two-steps"
version: "1.02"
priority: 4
return_to_sender_on_ports:
  - 104
triggers:
  - Modality: ["MR"]
    StudyDescription: ["Liver|Pancreas", "(?i)late"]
  - SOPClassUID: ["1.2.840.10008.5.1.4.1.1.2"]
    StudyDescription: ["~PHANTOM"]
models:
  - docker_kwargs:
      image: busybox
      environment:
        STEP: 0
    input_mounts: {src: /input}
    output_mounts: {half: /output}
  - docker_kwargs:
      image: busybox
      environment:
        STEP: 1
    gpu: True
    input_mounts: {half: /input}
    output_mounts: {dst: /output}
destinations:
  - host: localhost
    port: 10001
    ae_title: NEAR
  - host: archive.hospital.example
    port: 104
    ae_title: FAR
extra:
  OWNER: Physics
`)
    expect(flow).toMatchObject({
      version: '1.02',
      return_to_sender_on_ports: [104],
      destinations: [
        { host: 'localhost', port: 10001, ae_title: 'NEAR' },
        { host: 'archive.hospital.example', port: 104, ae_title: 'FAR' },
      ],
      extra: { OWNER: 'Physics' },
    })
    expect(flow.models.map(({ docker_kwargs }) => docker_kwargs.environment)).toEqual([
      { STEP: '0' },
      { STEP: '1' },
    ])
  })

  test('no models at all, with the older name of extra', () => {
    expect(
      flowIn(
        'name: "x"\ntriggers: [{Modality: ["MR"]}]\nmodels: []\ndestinations: []\noptional_kwargs:\n  A: True\n',
      ),
    ).toMatchObject({ models: [], extra: { A: true } })
  })
})

describe('triggers mean what they meant', () => {
  const file = (id: string, attributes: Record<string, string>) => ({ id, attributes })
  const files = [
    file('t1', { Modality: 'MR', SeriesDescription: 'T1 3D TRA' }),
    file('flair', { Modality: 'MR', SeriesDescription: '3D FLAIR' }),
    file('ct', { Modality: 'CT', SeriesDescription: 'Head Contrast' }),
  ]
  test.each([
    ['{Modality: MR}', ['t1', 'flair']],
    ['{Modality: ["M"]}', ['t1', 'flair']],
    ['{SeriesDescription: ["3D", "(?i)tra"]}', ['t1']],
    ['{SeriesDescription: ["3D", "tra"]}', []],
    ['{SeriesDescription: ["~FLAIR"]}', ['t1', 'ct']],
    ['{SeriesDescription: ["Head|Neck|Brain", "Contrast"]}', ['ct']],
    ['{SeriesDescription: ["~(?i)flair"], Modality: [MR]}', ['t1']],
  ])('%s takes %j', (text, ids) => {
    const [trigger] = flowIn(`triggers: [${text}]`).triggers
    expect(triggerTakes(trigger!, files).ids).toEqual(ids)
  })
})
