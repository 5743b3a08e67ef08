/** Writes the pages of docs/ that are made from the code. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../config.ts'
import { declared } from '../declared.ts'
import { eventsPage } from './events.ts'
import { topology } from './topology.ts'

writeFileSync(join(packageRoot(), 'docs', 'topology.md'), topology(Object.values(declared)))
writeFileSync(join(packageRoot(), 'docs', 'events.md'), eventsPage())
