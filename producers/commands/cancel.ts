import { type Emit } from '../../infra/kafka/emitter.ts'

/** Who gives a command, why, and what it belongs to. */
export interface Asking {
  readonly emit: Emit
  readonly by: string
  readonly reason: string | null
  /** Correlation of what the command is about. */
  readonly correlationId: string
}

/** Asks for the end of a run; the scheduler answers with RunCancelled, unless the run has ended before. */
export const requestCancel = async (
  runId: string,
  { emit, by, reason, correlationId }: Asking,
): Promise<void> => {
  const fact = { type: 'CancelRequested' as const, stream: runId, data: { runId, by, reason } }
  await emit(fact, undefined, correlationId)
}
