import { describe, test } from 'vitest'
import { definitionOf } from '../../../../core/flow/hash.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { scheduler } from '../../../../processors/scheduler/index.ts'
import { jobIdOf } from '../../../../processors/scheduler/ready.ts'
import { an, mount } from '../../../support/events.ts'
import { memoryStore } from '../../../support/memoryStore.ts'
import { spec } from '../../../support/spec.ts'

const { given } = spec(scheduler({ store: memoryStore().store }).decider)

const created = an.runCreated({
  definition: definitionOf(
    parseFlow(
      `
name: flow
triggers: [{ Modality: [CT] }]
models:
  - docker_kwargs: { image: 'a:1' }
    output_mounts: { a: /out }
  - docker_kwargs: { image: 'b:1' }
    input_mounts: { a: /in }
destinations: [{ host: tps, port: 104, ae_title: TPS }]
`,
      'flow.yaml',
    ).flow!,
  ),
})
const finished = (index: number, name: string) =>
  an.modelFinished({ jobId: jobIdOf('run-1', index), outputs: [mount(name)] })
const cancelled = (...attempts: { jobId: string; attempt: number }[]) =>
  ({
    type: 'RunCancelled',
    stream: 'run-1',
    data: { flowName: 'flow', by: 'operator', reason: 'wrong patient', attempts },
  }) as const

describe('a run that somebody cancels', () => {
  test('ends as cancelled, by whom and why, with the attempts that were under way', () =>
    given(created)
      .when(an.cancelRequested())
      .then(cancelled({ jobId: jobIdOf('run-1', 0), attempt: 1 })))

  test('goes no further: what a model still says starts nothing and sends nothing', () => {
    given(created, an.cancelRequested()).when(finished(0, 'a')).thenNothing()
    given(created, finished(0, 'a'), an.cancelRequested()).when(finished(1, 'dst')).thenNothing()
  })

  test('sends nothing when its end was said by another scheduler after that', () =>
    given(created, finished(0, 'a'), finished(1, 'dst'), an.runCancelled())
      .when(
        an.runFinished({
          destinations: [{ kind: 'dimse', host: 'tps', port: 104, aeTitle: 'TPS', url: null, options: '{}' }],
        }),
      )
      .thenNothing())

  test('is cancelled once, whoever asks again', () =>
    given(created, an.cancelRequested())
      .when(an.cancelRequested({ by: 'somebody else' }))
      .thenNothing())

  test('that has ended before stays as it ended', () =>
    given(created, finished(0, 'a'), finished(1, 'dst'), an.runFinished())
      .when(an.cancelRequested())
      .thenNothing())

  test('before it is known is cancelled when it comes: the request stands in another topic', () =>
    given(an.cancelRequested()).when(created).then(cancelled()))
})
