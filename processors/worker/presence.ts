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

/** How a worker says that it is there. */
export interface Presence {
  /** Resolves when Kafka has acknowledged; a heartbeat that fails is followed by the next. */
  readonly publish: (fact: Fact<'WorkerJoined' | 'WorkerHeartbeat' | 'WorkerLeft'>) => Promise<unknown>
  /** Whether it could start a container now. It answers within a heartbeat. */
  readonly canRun: () => Promise<boolean>
}

/**
 * Says that a worker is there: WorkerJoined at once, a heartbeat several times per lease, WorkerLeft at the end.
 * While it could start no container it offers no slots: what it was given would only fail.
 */
export const announce = async (
  offer: Offer,
  { publish, canRun }: Presence,
): Promise<{ leave(reason: string): Promise<void> }> => {
  const { host, ...said } = offer
  const { workerId, leaseMs } = said
  const now = async () => ({ ...said, slots: (await canRun()) ? said.slots : 0, sentAt: Date.now() })
  await publish({ type: 'WorkerJoined', stream: workerId, data: { host, ...(await now()) } })
  let left = false
  const beat = async (): Promise<void> => {
    const data = await now()
    if (!left) await publish({ type: 'WorkerHeartbeat', stream: workerId, data })
  }
  const beating = setInterval(() => void beat().catch(() => undefined), leaseMs / 6)
  return {
    leave: async (reason) => {
      clearInterval(beating)
      left = true
      await publish({ type: 'WorkerLeft', stream: workerId, data: { workerId, reason, sentAt: Date.now() } })
    },
  }
}
