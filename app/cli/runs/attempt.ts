import { type ModelRow } from '../../../projections/overview/rows.ts'
import { moment, short } from '../output.ts'

/** Whether it waits for a moment that is still to come. */
const waits = ({ status, notBefore }: ModelRow, now: number): boolean =>
  status === 'queued' && notBefore !== null && Date.parse(notBefore) > now

/** Whether no worker could take it, as was said last. */
const isUnplaceable = (model: ModelRow, now: number): boolean =>
  model.status === 'queued' && model.unplaceableAt !== null && !waits(model, now)

/** How an attempt at a model stands. */
export const statusOf = (model: ModelRow, now = Date.now()): string => {
  const { status, failureKind, reusedFromRun } = model
  if (isUnplaceable(model, now)) return 'unplaceable'
  if (failureKind !== null) return `${status} (${failureKind})`
  return reusedFromRun === null ? status : `${status} (reused from run ${short(reusedFromRun)})`
}

/** What there is to say of an attempt: why it failed, was skipped, or waits. */
export const messageOf = (model: ModelRow, now = Date.now()): string => {
  if (waits(model, now)) return `until ${moment(model.notBefore!, now)}`
  // Nothing takes it back when a worker joins that could take it and is busy: it was so then.
  if (isUnplaceable(model, now))
    return `as of ${moment(model.unplaceableAt!, now)}: ${model.unplaceableReason}`
  return model.message ?? ''
}
