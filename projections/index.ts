/** Everything that people may look at, in one list: a projection is known to all from its line here. */
import { associations } from './associations/index.ts'
import { bundles } from './bundles/index.ts'
import { deadLetters } from './deadLetters/index.ts'
import { deliveries } from './deliveries/index.ts'
import { events } from './events/index.ts'
import { flows } from './flows/index.ts'
import { instances } from './instances/index.ts'
import { models } from './models/index.ts'
import { runs } from './runs/index.ts'
import { type Projection, type Projections } from './runtime/projection.ts'
import { workers } from './workers/index.ts'

const list: readonly Projection[] = [
  associations,
  instances,
  bundles,
  runs,
  models,
  deliveries,
  workers,
  flows,
  deadLetters,
]

export const projections: Projections = {
  ledger: events,
  list,
  // The overview is views only, over the tables of the others.
  migrations: ['runtime', events.name, ...list.map(({ name }) => name), 'overview'].map(
    (name) => `projections/${name}/migrations`,
  ),
}
