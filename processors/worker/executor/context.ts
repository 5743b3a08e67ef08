import type Docker from 'dockerode'
import { type Logger } from 'pino'
import { type ObjectStore } from '../../../infra/s3/store.ts'
import { type WorkerConfig } from '../config.ts'
import { type Patience } from './engine.ts'

/** The servers an executor stands on, and its bounds. */
export interface Parts {
  readonly docker: Docker
  readonly store: ObjectStore
  readonly logger: Logger
  readonly config: WorkerConfig
}

/** Parts for one attempt; `signal` is aborted when this process shall let go of it. */
export interface Context extends Parts {
  readonly signal: AbortSignal
}

/** How long a step of this attempt is repeated. */
export const patienceOf = ({ config, signal, logger }: Context): Patience => ({
  patienceMs: config.patienceMs,
  signal,
  logger,
})
