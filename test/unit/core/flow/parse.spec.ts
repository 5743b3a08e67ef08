import { describe, expect, test } from 'vitest'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { flowError, problemText } from '../../../../core/flow/problem.ts'
import { type Flow } from '../../../../core/flow/schema.ts'

const flowIn = (text: string, file = 'f.yaml'): Flow => {
  const { flow, problems } = parseFlow(text, file)
  expect((problems ?? []).map(problemText)).toEqual([])
  return flow!
}
const problemsOf = (text: string): readonly string[] =>
  (parseFlow(text, 'f.yaml').problems ?? []).map(problemText)

const triggers = 'triggers: [{Modality: [CT]}]\n'
const oneModel = `${triggers}models: [{docker_kwargs: {image: seg}}]\n`
const model = (line: string): string => `${triggers}models:\n  - docker_kwargs: {image: seg}\n    ${line}\n`

describe('a flow file becomes a canonical definition', () => {
  test('in which every default of RadDeploy is filled in', () => {
    expect(flowIn(oneModel, 'lung.yaml')).toEqual({
      name: 'lung',
      version: '',
      priority: 0,
      triggers: [{ Modality: ['CT'] }],
      models: [
        {
          name: 'seg',
          docker_kwargs: { image: 'seg' },
          gpu: false,
          input_mounts: { src: '/input' },
          output_mounts: { dst: '/output' },
          static_mounts: [],
          pull_before_exec: true,
          timeout: 1800,
          config: {},
          config_dump_folder: '/config',
          optional: false,
        },
      ],
      destinations: [],
      return_to_sender_on_ports: [],
      tar_subdir: [],
      extra: {},
    })
  })

  test('that keeps everything that is given', () => {
    const flow = flowIn(`
name: everything
version: "1.2"
priority: 5
triggers:
  - Modality: ["CT"]
    SeriesDescription: ["(?i)head|neck", "~FLAIR"]
  - (0008, 0060): ["MR"]
models:
  - name: one
    docker_kwargs: {image: "registry:5000/group/seg:1.0", mem_limit: 8g, user: 1000}
    gpu: true
    input_mounts: {src: /in/}
    output_mounts: {mask: /out//mask}
    static_mounts: {weights: /weights}
    pull_before_exec: false
    timeout: 60
    config: {threshold: 0.5, organs: [lung, heart]}
    config_dump_folder: /etc/model
  - docker_kwargs: {image: "merge@sha256:abc"}
    input_mounts: {mask: /input, src: /ct}
    output_mounts: {dst: /output}
    optional: true
destinations: [{host: pacs, port: 104, ae_title: "PACS "}]
return_to_sender_on_ports: [104, 11112]
tar_subdir: [SOPClassUID, SeriesInstanceUID]
extra: {ticket: 7}
`)
    expect(flow.triggers[1]).toEqual({ '(0008,0060)': ['MR'] })
    expect(flow.models.map(({ name }) => name)).toEqual(['one', 'merge'])
    expect(flow.models[0]).toMatchObject({
      gpu: true,
      input_mounts: { src: '/in' },
      output_mounts: { mask: '/out/mask' },
      static_mounts: ['weights:/weights'],
      timeout: 60,
      config: { threshold: 0.5, organs: ['lung', 'heart'] },
      config_dump_folder: '/etc/model',
      docker_kwargs: { mem_limit: '8g', user: '1000' },
    })
    expect(flow.models[1]!.optional).toBe(true)
    expect(flow.destinations).toEqual([{ host: 'pacs', port: 104, ae_title: 'PACS' }])
    expect(flow.extra).toEqual({ ticket: 7 })
  })

  test('named after the file, or after the folder of a flow.yaml', () => {
    expect(flowIn(oneModel, 'flows/head neck.yml').name).toBe('head neck')
    expect(flowIn(oneModel, 'flows/lung/flow.yaml').name).toBe('lung')
    expect(flowIn(oneModel, 'flow.yaml').name).toBe('flow')
  })

  test('a flow without models routes files', () => {
    expect(flowIn(`${triggers}destinations: [{host: h, port: 104, ae_title: A}]`).models).toEqual([])
  })
})

describe('the spellings that are met in RadDeploy files', () => {
  test.each([
    ['return_to_sender_on_port: [10002]', [10002]],
    ['return_to_sender_on_port: 10002', [10002]],
    ['return_to_sender_on_ports: [1, 2]\nreturn_to_sender_on_port: 2', [1, 2]],
  ])('%s', (line, ports) => expect(flowIn(oneModel + line).return_to_sender_on_ports).toEqual(ports))

  test('optional_kwargs is the older name of extra', () => {
    expect(flowIn(`${oneModel}optional_kwargs: {pass: True}`).extra).toEqual({ pass: true })
  })

  test.each([
    ['[weights:/w, "/data/atlas:/atlas:ro"]', ['weights:/w', '/data/atlas:/atlas:ro']],
    ['weights:/w', ['weights:/w']],
    ['{weights: /w}', ['weights:/w']],
  ])('static_mounts: %s', (value, mounts) =>
    expect(flowIn(model(`static_mounts: ${value}`)).models[0]!.static_mounts).toEqual(mounts),
  )

  test('one expression instead of a list', () => {
    expect(flowIn('triggers: [{Modality: CT}]').triggers).toEqual([{ Modality: ['CT'] }])
  })

  test('a version that YAML takes for a number keeps its digits', () => {
    expect(flowIn(`${oneModel}version: 1.10`).version).toBe('1.10')
  })

  test.each([
    ['gpu: yes', true],
    ['gpu: Off', false],
    ['gpu: "A100"', true],
    ['gpu: ""', false],
  ])('YAML as PyYAML reads it: %s', (line, gpu) => expect(flowIn(model(line)).models[0]!.gpu).toBe(gpu))

  test('y, n and dates are text', () => {
    expect(flowIn('triggers: [{PatientSex: [n, y]}]\nextra: {since: 2024-01-31}')).toMatchObject({
      triggers: [{ PatientSex: ['n', 'y'] }],
      extra: { since: '2024-01-31' },
    })
  })

  test('anchors and merge keys are understood', () => {
    const flow = flowIn(
      `${triggers}models:\n  - &fold\n    docker_kwargs: {image: a}\n    output_mounts: {x: /x}\n  - <<: *fold\n    input_mounts: {x: /x}\n    output_mounts: {dst: /o}\n`,
    )
    expect(flow.models[1]).toMatchObject({ docker_kwargs: { image: 'a' }, input_mounts: { x: '/x' } })
  })
})

describe('every error is said at once, with line, column, key and reason', () => {
  test('in the order of the file', () => {
    expect(
      problemsOf(`nmae: x
priority: 9
triggers:
  - Modalty: ["CT"]
    SeriesDescription: ["(x"]
models:
  - docker_kwargs:
      command: ls
    gpu: maybe
    input_mounts: {nobody: /n, b: b}
    output_mounts: {a: /a, src: /s}
  - docker_kwargs: {image: i}
    input_mounts: {a: /a, c: /c}
    output_mounts: {b: /b, c: /d}
    timeout: 0
destinations:
  - hostname: h
    port: 99999
    ae_title: far too long a title
extra: {a: 1, a: 2}
`),
    ).toEqual([
      'f.yaml:1:1: nmae: is not known; did you mean "name"?',
      'f.yaml:2:11: priority: is a number from 0 to 5',
      'f.yaml:4:5: triggers[0].Modalty: "Modalty" is no DICOM keyword and no tag (gggg,eeee); did you mean "Modality"?',
      'f.yaml:5:25: triggers[0].SeriesDescription[0]: "(x" cannot be used: "(" without ")"',
      'f.yaml:6:1: models: "dst" is missing: no model writes what is to be sent',
      'f.yaml:6:1: models: "src" is missing: no model reads what was received',
      'f.yaml:7:5: models[0].docker_kwargs.image: is missing; it is the name of an image',
      'f.yaml:10:20: models[0].input_mounts.nobody: no model writes "nobody"',
      'f.yaml:10:32: models[0].input_mounts.b: the models wait for each other: models[0] -a→ models[1] -b→ models[0]',
      'f.yaml:10:35: models[0].input_mounts.b: is an absolute path inside the container, not "/" and without ":"',
      'f.yaml:11:28: models[0].output_mounts.src: "src" is what was received and cannot be written',
      'f.yaml:15:14: models[1].timeout: is at least one second',
      'f.yaml:17:5: destinations[0].host: is missing; it is a host name or IP address',
      'f.yaml:17:5: destinations[0].hostname: is not known; did you mean "host"?',
      'f.yaml:18:11: destinations[0].port: is a TCP port from 1 to 65535',
      'f.yaml:19:15: destinations[0].ae_title: is an AE title: 1 to 16 ASCII characters, no "\\"',
      'f.yaml:20:15: "a" is given twice',
    ])
  })

  test.each([
    ['', 'f.yaml:1:1: is a map, not nothing'],
    ['[]', 'f.yaml:1:1: is a map, not a list'],
    [oneModel.replace(triggers, ''), 'f.yaml:1:1: triggers: is missing; it is a list of triggers'],
    [
      oneModel.replace('[{Modality: [CT]}]', '[]'),
      'f.yaml:1:1: triggers: is empty: which files start the flow?',
    ],
    ['triggers: [{}]', 'f.yaml:1:12: triggers[0]: is empty: name at least one DICOM keyword'],
    ['triggers: [{Modality: [3]}]', 'f.yaml:1:24: triggers[0].Modality[0]: is an expression in quotes'],
    [
      'triggers: [{PixelData: [x]}]',
      'f.yaml:1:13: triggers[0].PixelData: "PixelData" holds pixels and is not searched',
    ],
    [
      'triggers: [{TransferSyntaxUID: [x]}]',
      'f.yaml:1:13: triggers[0].TransferSyntaxUID: "TransferSyntaxUID" is not part of the data set, which begins with group 0008',
    ],
    [
      `${oneModel}optional_kwargs: {}\nextra: {}`,
      'f.yaml:3:1: optional_kwargs: is the older name of extra; keep one',
    ],
    [
      model('input_mounts: {src: /a/../../b}'),
      'f.yaml:4:25: models[0].input_mounts.src: must not contain ".."',
    ],
    [
      model('static_mounts: [weights]'),
      'f.yaml:4:21: models[0].static_mounts[0]: is of the form source:/path or source:/path:ro',
    ],
    [model('image: x'), 'f.yaml:4:5: models[0].image: is not known here; it belongs into docker_kwargs'],
    [
      model('pull_before_exec: maybe'),
      'f.yaml:4:23: models[0].pull_before_exec: is true or false, not a text',
    ],
  ])('%j', (text, problem) => expect(problemsOf(text)).toEqual([problem]))

  test('a file that is no YAML is refused where it breaks', () => {
    expect(problemsOf('name: "1.02\npriority: 1\n')[0]).toMatch(/^f\.yaml:\d+:\d+: is not YAML: /)
  })

  test('a file that multiplies its aliases without end is refused', () => {
    const bomb = [...Array(12).keys()]
      .map(
        (i) =>
          `a${i}: &a${i} [${Array(9)
            .fill(i === 0 ? 'x' : `*a${i - 1}`)
            .join(', ')}]`,
      )
      .join('\n')
    expect(problemsOf(bomb)[0]).toMatch(/is not YAML: .*alias/)
  })

  test('as one error it carries the code of its kind', () => {
    const codesOf = (text: string) => parseFlow(text, 'f.yaml').problems!.map(({ code }) => code)
    expect(codesOf('triggers: [{Modality: ["("]}]')).toEqual(['RD_FLOW_PATTERN'])
    const cycle = `${triggers}models:
  - {docker_kwargs: {image: i}, input_mounts: {src: /i, b: /b}, output_mounts: {a: /a, dst: /o}}
  - {docker_kwargs: {image: j}, input_mounts: {a: /a}, output_mounts: {b: /b}}
`
    expect(codesOf(cycle)).toEqual(['RD_FLOW_CYCLE'])
    const error = flowError(parseFlow(cycle, 'f.yaml').problems!)
    expect(error.code).toBe('RD_FLOW_CYCLE')
    expect(error.message).toMatch(
      /^f\.yaml:3:57: models\[0\]\.input_mounts\.b: the models wait for each other: models\[0\] -a→ models\[1\] -b→ models\[0\]$/,
    )
  })
})
