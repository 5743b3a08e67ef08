import { describe, test } from 'vitest'
import { definitionOf } from '../../../../core/flow/hash.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { scheduler } from '../../../../processors/scheduler/index.ts'
import { jobIdOf } from '../../../../processors/scheduler/ready.ts'
import { an, mount } from '../../../support/events.ts'
import { memoryStore } from '../../../support/memoryStore.ts'
import { spec } from '../../../support/spec.ts'

const { given } = spec(scheduler({ store: memoryStore().store }).decider)

const definition = (text: string): string => {
  const parsed = parseFlow(text, 'flow.yaml')
  if (!('flow' in parsed) || !parsed.flow) throw new Error(JSON.stringify(parsed))
  return definitionOf(parsed.flow)
}
const head = 'name: flow\ntriggers: [{Modality: [CT]}]\n'
const model = (inputs: string, outputs: string): string =>
  `  - docker_kwargs: {image: "a:1"}\n    input_mounts: ${inputs}\n    output_mounts: ${outputs}\n`
const destinations = 'destinations: [{host: tps, port: 104, ae_title: TPS}]\n'

const one = an.runCreated({
  definition: definition(`${head}models:\n${model('{src: /in}', '{dst: /out}')}${destinations}`),
})
const diamond = an.runCreated({
  definition: definition(
    `${head}models:\n` +
      model('{src: /in}', '{a: /out}') +
      model('{a: /in}', '{b: /out}') +
      model('{a: /in}', '{c: /out}') +
      model('{b: /b, c: /c}', '{dst: /out}'),
  ),
})
const job = (index: number): string => jobIdOf('run-1', index)
const finished = (index: number, ...names: string[]) =>
  an.modelFinished({ jobId: job(index), outputs: names.map(mount) })

describe('the scheduler', () => {
  test('queues the models whose inputs exist when a run is created', () => {
    given()
      .when(one)
      .then({ type: 'ModelQueued', data: { jobId: job(0), model: 0, attempt: 1, timeoutMs: 1_800_000 } })
    given()
      .when(diamond)
      .then({ type: 'ModelQueued', data: { model: 0, inputs: [mount('src')] } })
  })

  test('walks a diamond: two models side by side, and the merge when both are done', () => {
    given(diamond)
      .when(finished(0, 'a'))
      .then({ type: 'ModelQueued', data: { model: 1 } }, { type: 'ModelQueued', data: { model: 2 } })
    given(diamond, finished(0, 'a')).when(finished(2, 'c')).thenNothing()
    given(diamond, finished(0, 'a'), finished(2, 'c'))
      .when(finished(1, 'b'))
      .then({ type: 'ModelQueued', data: { model: 3, inputs: [mount('b'), mount('c')] } })
  })

  test('a run is finished when its last model is, and its output is dst', () =>
    given(one)
      .when(finished(0, 'dst'))
      .then({
        type: 'RunFinished',
        data: {
          output: mount('dst'),
          destinations: [{ kind: 'dimse', host: 'tps', port: 104, aeTitle: 'TPS', url: null, options: '{}' }],
        },
      }))

  test('each destination of a finished run gets a delivery, and a repeated end gets none', () => {
    const destination = { kind: 'dimse', host: 'tps', port: 104, aeTitle: 'TPS', url: null, options: '{}' }
    const end = an.runFinished({ destinations: [destination] })
    given(one, finished(0, 'dst'))
      .when(end)
      .then({ type: 'DeliveryQueued', data: { destination, files: mount('dst') } })
    given(one, finished(0, 'dst'), end)
      .when(an.runFinished({ destinations: [destination], output: mount('again') }))
      .thenNothing()
  })

  test('a delivery says whose results it takes, and who sent the inputs unless these may go round', () => {
    const [tps, back] = ['TPS', 'SCANNER'].map((aeTitle) => ({
      ...{ kind: 'dimse', host: 'tps', port: 104, aeTitle, url: null, options: '{}' },
    }))
    const { calling, input } = one.data
    const deliveries = (lineage: readonly string[], ...to: (typeof tps)[]) =>
      given(an.runCreated({ ...one.data, lineage }), finished(0, 'dst')).when(
        an.runFinished({ destinations: to.map((destination) => destination!) }),
      )
    deliveries(['earlier'], tps).then({
      type: 'DeliveryQueued',
      data: { lineage: ['flow', 'earlier'], sender: calling, input },
    })
    deliveries([], tps, back).then(
      { type: 'DeliveryQueued', data: { lineage: ['flow'], sender: null } },
      { type: 'DeliveryQueued', data: { lineage: ['flow'], sender: null } },
    )
    deliveries(['earlier', 'flow'], tps).then({
      type: 'DeliveryQueued',
      data: { lineage: ['flow', 'earlier'], sender: null },
    })
  })

  test('a flow without models sends the files as they came', () =>
    given()
      .when(an.runCreated({ definition: definition(`${head}models: []\n${destinations}`) }))
      .then({ type: 'RunFinished', data: { output: { ...mount('src'), name: 'dst' } } }))

  test('returns to the sender on the ports that the flow names', () =>
    given()
      .when(
        an.runCreated({
          definition: definition(`${head}models: []\nreturn_to_sender_on_ports: [104, 105]\n`),
          calling: { aeTitle: 'SCANNER', host: '10.0.0.1' },
        }),
      )
      .then({
        type: 'RunFinished',
        data: {
          destinations: [
            { kind: 'dimse', host: '10.0.0.1', port: 104, aeTitle: 'SCANNER', url: null, options: '{}' },
            { kind: 'dimse', host: '10.0.0.1', port: 105, aeTitle: 'SCANNER', url: null, options: '{}' },
          ],
        },
      }))

  test('a model that fails ends the run, and what others say later changes nothing', () => {
    given(one)
      .when(an.modelFailed({ jobId: job(0), kind: 'oom' }))
      .then({ type: 'RunFailed', data: { jobId: job(0) } })
    given(one, an.modelFailed({ jobId: job(0), kind: 'oom' }))
      .when(finished(0, 'dst'))
      .thenNothing()
  })

  test('an attempt whose worker or engine was lost is made again, three times in all', () => {
    const lost = (attempt: number) => an.modelFailed({ jobId: job(0), kind: 'lost', attempt })
    const ended = (attempt: number) => an.modelFailed({ jobId: job(0), kind: 'engine', attempt })
    for (const [first, second, third] of [
      [lost, lost, lost],
      [ended, ended, ended],
      [lost, ended, lost],
    ] as const) {
      given(one)
        .when(first(1))
        .then({ type: 'ModelQueued', data: { jobId: job(0), attempt: 2 } })
      given(one, first(1))
        .when(second(2))
        .then({ type: 'ModelQueued', data: { attempt: 3 } })
      given(one, first(1), second(2)).when(third(3)).then({ type: 'RunFailed', data: {} })
    }
  })

  test.each(['exit', 'timeout', 'oom', 'image', 'output', 'unknown'] as const)(
    'a failure of kind %s is the own one of the model, and not tried again',
    (kind) =>
      given(one)
        .when(an.modelFailed({ jobId: job(0), kind }))
        .then({ type: 'RunFailed', data: {} }),
  )

  test('a late result of an attempt that was lost is ignored', () =>
    given(one, an.modelFailed({ jobId: job(0), kind: 'lost' }))
      .when(finished(0, 'dst'))
      .thenNothing())

  test('a run that was created twice runs once', () =>
    given(one)
      .when(an.runCreated({ definition: '{}' }))
      .thenNothing())
})
