import { processors } from '../processors/index.ts'
import { type AnyProcessor } from '../processors/runtime/processor.ts'

// What a processor reads and writes does not depend on what it stands on.
const nothing = undefined as never

/** Every processor as it declares itself, in the order in which an instance passes them. */
export const declared = {
  reaper: processors.reaper('', nothing),
  collector: processors.collector({ store: nothing }),
  fingerprinter: processors.fingerprinter({ store: nothing }),
  gatherer: processors.gatherer({ store: nothing }),
  scheduler: processors.scheduler({ store: nothing }),
  dispatcher: processors.dispatcher(),
  worker: processors.worker({ workerId: '', runModel: nothing, sweep: nothing }),
  scu: processors.scu({ attempt: nothing }),
} as const satisfies Record<string, AnyProcessor>
