import { type Fact } from '../../core/event/event.ts'

/** What a worker offers. */
export interface Offer {
  readonly workerId: string
  readonly host: string
  readonly slots: number
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  readonly gpus: readonly string[]
  /** Bytes of each GPU, in their order; 0 where it is not known. */
  readonly gpuMemory: readonly number[]
  readonly labels: readonly string[]
  /** It counts as lost when nothing was heard of it for this long. */
  readonly leaseMs: number
}

/**
 * Says that a worker is there: WorkerJoined at once, a heartbeat several times per lease, WorkerLeft at the
 * end. `publish` resolves when Kafka has acknowledged; a heartbeat that fails is followed by the next.
 */
export const announce = async (
  offer: Offer,
  publish: (fact: Fact<'WorkerJoined' | 'WorkerHeartbeat' | 'WorkerLeft'>) => Promise<unknown>,
): Promise<{ leave(reason: string): Promise<void> }> => {
  const { host, ...said } = offer
  await publish({ type: 'WorkerJoined', stream: said.workerId, data: { host, ...said, sentAt: Date.now() } })
  const beat = setInterval(() => {
    void publish({
      type: 'WorkerHeartbeat',
      stream: said.workerId,
      data: { ...said, sentAt: Date.now() },
    }).catch(() => undefined)
  }, said.leaseMs / 6)
  return {
    leave: async (reason) => {
      clearInterval(beat)
      await publish({
        type: 'WorkerLeft',
        stream: said.workerId,
        data: { workerId: said.workerId, reason, sentAt: Date.now() },
      })
    },
  }
}
