import { definitionOf } from '../../core/flow/hash.ts'
import { flowSchema } from '../../core/flow/schema.ts'
import { mountFaults } from '../../core/flow/graph.ts'
import { type Recorded } from '../../core/event/event.ts'
import { jobIdOf } from '../../processors/scheduler/ready.ts'
import { an, mount } from './events.ts'

/** `inputs → outputs`, with a `?` in front where the model is optional; more keys of it beside that. */
export type ModelLine = string | readonly [line: string, more: object]

/** Where the results of `runOf` go. */
export const destination = { kind: 'dimse', host: 'tps', port: 104, aeTitle: 'TPS', url: null, options: '{}' }

/** A run of models that are called m0, m1, …: each reads and writes what its line says. */
export const runOf = (...lines: readonly ModelLine[]): Recorded<'RunCreated'> => {
  const models = lines.map((line, index) => {
    const [text, more] = typeof line === 'string' ? [line, {}] : line
    const [inputs = '', outputs = ''] = text.replace('?', '').split('→')
    const mounts = (names: string): Record<string, string> =>
      Object.fromEntries(
        names
          .split(' ')
          .filter((name) => name !== '')
          .map((name) => [name, `/${name}`]),
      )
    return {
      name: `m${index}`,
      docker_kwargs: { image: 'a:1' },
      optional: text.startsWith('?'),
      input_mounts: mounts(inputs),
      output_mounts: mounts(outputs),
      ...more,
    }
  })
  const flow = flowSchema.parse({
    name: 'flow',
    triggers: [{ Modality: ['CT'] }],
    models,
    destinations: [{ host: destination.host, port: destination.port, ae_title: destination.aeTitle }],
  })
  const faults = mountFaults(flow)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  return an.runCreated({ definition: definitionOf(flow) })
}

/** The job of a model of `runOf`. */
export const job = (model: number): string => jobIdOf('run-1', model)

/** A model of `runOf` has written these mounts. */
export const finished = (model: number, ...names: readonly string[]): Recorded<'ModelFinished'> =>
  an.modelFinished({ jobId: job(model), outputs: names.map(mount) })

/** An attempt at a model of `runOf` has failed. */
export const failed = (
  model: number,
  more: Partial<Recorded<'ModelFailed'>['data']> = {},
  at: { readonly time?: string } = {},
): Recorded<'ModelFailed'> => an.modelFailed({ jobId: job(model), ...more }, at)
