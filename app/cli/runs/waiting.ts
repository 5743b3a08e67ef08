import { type ModelRow } from '../../../projections/overview/rows.ts'
import { messageOf, statusOf } from './attempt.ts'

/**
 * What a run that is followed waits for, where nothing of it runs. Once something has run, only what may take long is
 * worth a word: from one model to the next there is always a moment in which none runs.
 */
export class Waiting {
  readonly #model: string | undefined
  #said: string | undefined

  /** Of one model, or of a whole run. */
  constructor(model?: string) {
    this.#model = model
  }

  /** One line where that has changed since it was asked last; undefined where there is nothing new, or no wait. */
  news(models: readonly ModelRow[], now = Date.now()): string | undefined {
    const text = this.#text(models, now)
    const isNew = text !== this.#said
    this.#said = text
    return isNew ? text : undefined
  }

  #text(models: readonly ModelRow[], now: number): string | undefined {
    if (models.length === 0)
      return `nothing has started yet: ${this.#model === undefined ? 'no model is queued' : `${this.#model} waits for its inputs`}`
    if (models.some(({ status }) => status === 'running')) return undefined
    const hasBegun = models.some(({ startedAt, endedAt }) => startedAt !== null || endedAt !== null)
    const waits = models
      .filter(({ status }) => status === 'queued' || status === 'assigned')
      .flatMap((model) => {
        const why = whyOf(model, now)
        if (why === undefined && hasBegun) return []
        return [`${nameOf(model)} ${why ?? usualOf(model)}`]
      })
    if (waits.length === 0) return undefined
    return `${hasBegun ? 'nothing runs now' : 'nothing has started yet'}: ${waits.join('; ')}`
  }
}

const nameOf = ({ name, attempt }: ModelRow): string =>
  attempt > 1 ? `${name} (attempt ${attempt})` : `${name}`

/** Why it waits for longer than is usual; undefined where it does not. */
const whyOf = (model: ModelRow, now: number): string | undefined => {
  const message = model.status === 'queued' ? messageOf(model, now) : ''
  return message === '' ? undefined : `is ${statusOf(model, now)} ${message}`
}

/** The wait that every model has. */
const usualOf = ({ status, workerId }: ModelRow): string =>
  status === 'queued' ? 'is queued' : `is being prepared by ${workerId}`
