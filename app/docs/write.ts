/** Writes the pages of docs/ that are made from the code, and the code that is made from a table. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../config.ts'
import { declared } from '../declared.ts'
import { confidentialityTable } from './confidentialityTable.ts'
import { eventsPage } from './events.ts'
import { topology } from './topology.ts'

writeFileSync(join(packageRoot(), 'docs', 'topology.md'), topology(Object.values(declared)))
writeFileSync(join(packageRoot(), 'docs', 'events.md'), eventsPage())

const deidentify = join(packageRoot(), 'core', 'deidentify')
const rows = readFileSync(join(deidentify, 'source', 'table-e.1-1.csv'), 'utf8')
writeFileSync(join(deidentify, 'table.ts'), confidentialityTable(rows))
