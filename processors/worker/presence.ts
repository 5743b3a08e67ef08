import { type Fact } from '../../core/event/event.ts'

/** What a worker offers. */
export interface Offer {
  readonly workerId: string
  readonly host: string
  readonly slots: number
  readonly gpus: readonly string[]
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
  const { workerId, slots, gpus, labels, leaseMs } = offer
  await publish({ type: 'WorkerJoined', stream: workerId, data: { ...offer, sentAt: Date.now() } })
  const beat = setInterval(() => {
    void publish({
      type: 'WorkerHeartbeat',
      stream: workerId,
      data: { workerId, slots, gpus, labels, leaseMs, sentAt: Date.now() },
    }).catch(() => undefined)
  }, leaseMs / 6)
  return {
    leave: async (reason) => {
      clearInterval(beat)
      await publish({ type: 'WorkerLeft', stream: workerId, data: { workerId, reason, sentAt: Date.now() } })
    },
  }
}
