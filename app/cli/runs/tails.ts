import { buffer } from 'node:stream/consumers'
import { messageOf } from '../../../core/error/error.ts'
import { type ModelRow } from '../../../projections/overview/rows.ts'
import { type Connections } from '../../connect.ts'

/** The last lines that each failed model printed, below a line that names it. */
export const tailsOf = async (
  models: readonly ModelRow[],
  { store }: Pick<Connections, 'store'>,
): Promise<readonly string[]> => {
  const tails: string[] = []
  for (const { name, attempt, status, logTailKey } of models) {
    if (status !== 'failed' || logTailKey === null) continue
    const tail = await store
      .get(logTailKey)
      .then(buffer)
      .then(
        (bytes) => bytes.toString('utf8').trimEnd(),
        (error: unknown) => `(it cannot be read: ${messageOf(error)})`,
      )
    tails.push(`the end of the log of ${name}, attempt ${attempt}:`, tail, '')
  }
  return tails
}
