import { describe, expect, test } from 'vitest'
import { definitionOf } from '../../../../core/flow/hash.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { problemText } from '../../../../core/flow/problem.ts'
import { type Retries, failureKinds, pauseAfter } from '../../../../core/flow/retries.ts'
import { flowOf } from '../../../../core/flow/schema.ts'

const read = (value: string) =>
  parseFlow(
    `name: f\ntriggers: [{Modality: [CT]}]\nmodels:\n  - docker_kwargs: {image: seg}\n    retries: ${value}\n`,
    'f.yaml',
  )
const retriesIn = (value: string): Retries => read(value).flow!.models[0]!.retries!
const all = [...failureKinds]

describe('retries', () => {
  test.each([
    ['3', { times: 3, on: all, backoff: 30, longest: 3600 }],
    ['0', { times: 0, on: all, backoff: 30, longest: 3600 }],
    ['{times: 2}', { times: 2, on: all, backoff: 30, longest: 3600 }],
    ['{times: 2, on: [oom, exit]}', { times: 2, on: ['oom', 'exit'], backoff: 30, longest: 3600 }],
    ['{times: 2, backoff: 5m, longest: 2h}', { times: 2, on: all, backoff: 300, longest: 7200 }],
    ['{times: 2, backoff: 0.5, longest: 1s}', { times: 2, on: all, backoff: 0.5, longest: 1 }],
  ])('%s', (value, retries) => {
    expect(retriesIn(value)).toEqual(retries)
    const { flow } = read(value)
    expect(flowOf(definitionOf(flow!))).toEqual(flow)
  })

  test('on is a key here, though it says yes elsewhere in YAML; also behind an alias', () => {
    const text = `triggers: [{Modality: [CT]}]
models:
  - {docker_kwargs: {image: a}, retries: &twice {times: 2, on: [oom]}, output_mounts: {m: /o}}
  - {docker_kwargs: {image: b}, retries: *twice, input_mounts: {src: /i, m: /m}}
`
    const { flow } = parseFlow(text, 'f.yaml')
    expect(flow?.models.map(({ retries }) => retries?.on)).toEqual([['oom'], ['oom']])
  })

  test.each([
    ['many', '5:14: models[0].retries: is a number of times, or a map with times, on, backoff and longest'],
    ['-1', '5:14: models[0].retries: is a number of times from 0 on'],
    ['1.5', '5:14: models[0].retries: is a whole number of times'],
    ['101', '5:14: models[0].retries: is at most 100 times'],
    ['{on: [oom]}', '5:5: models[0].retries.times: is missing; it is a number of times'],
    [
      '{times: 1, on: [crash]}',
      '5:30: models[0].retries.on[0]: is one of exit, timeout, oom, image, output, engine, lost, unknown',
    ],
    ['{times: 1, on: []}', '5:25: models[0].retries.on: is empty: on which kinds of failure?'],
    ['{times: 1, on: oom}', '5:29: models[0].retries.on: is a list of kinds of failure'],
    [
      '{times: 1, backoff: soon}',
      '5:34: models[0].retries.backoff: is a duration: 30s, 15m, 2h, or a number of seconds',
    ],
    ['{times: 1, backoff: 0}', '5:34: models[0].retries.backoff: is longer than nothing'],
    ['{times: 1, backoff: 2h}', '5:5: models[0].retries.longest: is 1 h, shorter than backoff'],
    [
      '{times: 1, backoff: 1m, longest: 30s}',
      '5:47: models[0].retries.longest: is 30 s, shorter than backoff',
    ],
    ['{times: 1, backof: 3}', '5:25: models[0].retries.backof: is not known; did you mean "backoff"?'],
    [
      '{times: 1, timeout: 3}',
      '5:25: models[0].retries.timeout: is not known here; it belongs beside retries',
    ],
  ])('%s cannot be', (value, problem) =>
    expect(read(value).problems?.map(problemText)).toEqual([`f.yaml:${problem}`]),
  )

  test('its keys beside it are pointed into it', () => {
    const text = 'triggers: [{Modality: [CT]}]\nmodels: [{docker_kwargs: {image: a}, times: 3}]\n'
    expect(parseFlow(text, 'f.yaml').problems?.map(problemText)).toEqual([
      'f.yaml:2:38: models[0].times: is not known here; it belongs into retries',
    ])
  })
})

describe('the pause before the next attempt', () => {
  const retries: Retries = { times: 5, on: ['exit', 'lost'], backoff: 10, longest: 60 }

  test('doubles each time, up to the longest, for as many times as the flow says', () =>
    expect([1, 2, 3, 4, 5, 6].map((attempt) => pauseAfter(retries, 'exit', attempt))).toEqual([
      10_000,
      20_000,
      40_000,
      60_000,
      60_000,
      undefined,
    ]))

  test('is not made after a kind that the flow does not name', () =>
    expect(pauseAfter(retries, 'oom', 1)).toBeUndefined())

  test.each(['lost', 'engine'])(
    '%s is tried again at once up to three attempts, whatever the flow says',
    (kind) => {
      for (const said of [undefined, { ...retries, on: ['exit'] as const, times: 1 } as unknown as Retries])
        expect([1, 2, 3].map((attempt) => pauseAfter(said, kind, attempt))).toEqual([0, 0, undefined])
    },
  )

  test.each(failureKinds.filter((kind) => kind !== 'lost' && kind !== 'engine'))(
    '%s ends it where the flow says nothing',
    (kind) => expect(pauseAfter(undefined, kind, 1)).toBeUndefined(),
  )

  test('is that of the flow for what it names, also where it would come at once otherwise', () =>
    expect(pauseAfter(retries, 'lost', 1)).toBe(10_000))
})
