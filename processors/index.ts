/** Every processor, in the order in which an instance passes them; each from its own folder. */
import { collector } from './collector/index.ts'
import { dispatcher } from './dispatcher/index.ts'
import { fingerprinter } from './fingerprinter/index.ts'
import { gatherer } from './gatherer/index.ts'
import { reaper } from './reaper/index.ts'
import { scheduler } from './scheduler/index.ts'
import { scu } from './scu/index.ts'
import { worker } from './worker/index.ts'

export const processors = { reaper, collector, fingerprinter, gatherer, scheduler, dispatcher, worker, scu }
