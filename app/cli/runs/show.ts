import { type RunDetails, showRun } from '../../../projections/overview/queries.ts'
import { factsOf } from '../../facts.ts'
import { noteOf } from '../deliveries/list.ts'
import { duration, print, short, table, when } from '../output.ts'
import { withConnections } from '../session.ts'
import { messageOf, statusOf } from './attempt.ts'
import { tailsOf } from './tails.ts'

/** One run with everything that belongs to it. */
export const show = async (
  id: string,
  { json, instances }: { readonly json?: true; readonly instances?: true },
): Promise<void> =>
  withConnections(async ({ pool, store }) => {
    const details = await showRun({ pool }, id, { instances: instances ?? false })
    const tails = json ? [] : await tailsOf(details.models, { store })
    print(json, details, () => text(details, tails))
  })

const text = ({ run, models, deliveries, timeline }: RunDetails, tails: readonly string[]): string =>
  [
    `run        ${run.runId}`,
    `flow       ${run.flowName} ${run.flowVersion} (${short(run.flowHash ?? '')})`,
    `from       ${run.callingAe}@${run.callingHost}, ${run.inputFiles} files`,
    `status     ${run.status}${run.reason ? `: ${run.reason}` : ''}`,
    `created    ${when(run.createdAt)}, took ${duration(run.durationMs)}`,
    '',
    table(
      models,
      [
        ['model', ({ name }) => name],
        ['attempt', ({ attempt }) => attempt || null],
        ['status', (model) => statusOf(model)],
        ['worker', ({ workerId }) => workerId],
        ['waited', ({ waitedMs }) => duration(waitedMs)],
        ['ran', ({ runMs }) => duration(runMs)],
        ['image', ({ image }) => image],
        ['message', (model) => messageOf(model)],
      ],
      'no models',
    ),
    '',
    ...tails,
    table(
      deliveries,
      [
        ['delivery', ({ deliveryId }) => short(deliveryId)],
        ['to', ({ sendsTo }) => sendsTo],
        ['status', ({ status }) => status],
        ['attempts', ({ attempts }) => attempts],
        ['note', noteOf],
      ],
      'no deliveries',
    ),
    '',
    table(
      timeline,
      [
        [
          'offset',
          ({ topic, partition, offset }) => `${topic.replace('raddeploy.', '')}/${partition}@${offset}`,
        ],
        ['time', ({ time }) => time.slice(11)],
        ['event', ({ type }) => type],
        ['facts', ({ type, payload }) => factsOf(type, payload)],
      ],
      'no events',
    ),
  ].join('\n')
