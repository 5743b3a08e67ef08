import { type DriveOptions, drive } from '../processors/runtime/drive.ts'
import { type AnyProcessor } from '../processors/runtime/processor.ts'
import { type Connections } from './connect.ts'

/** A service that runs. */
export interface Running {
  stop(): Promise<void>
}

const effectsAtOnce = 8

/** Runs a processor on the connections of this process. */
export const driven = (
  processor: AnyProcessor,
  connections: Connections,
  more: Partial<DriveOptions> = {},
): Promise<Running> => {
  const { kafka, codec, publisher, logger, config } = connections
  return drive(processor, {
    kafka,
    codec,
    publisher,
    logger,
    instance: config.instance,
    concurrency: effectsAtOnce,
    ...more,
  })
}
