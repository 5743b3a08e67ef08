import { type EventType, type Recorded } from '../../core/event/event.ts'
import { type RunDetails, showRun } from '../../projections/overview/queries.ts'
import { type System } from './system.ts'
import { until } from './until.ts'

/** How it ended with one study, without what is new each time: ids, moments, sizes, how often it was tried. */
export interface Ending {
  readonly run: object
  readonly models: readonly object[]
  readonly deliveries: readonly object[]
}

const eventsOf = <T extends EventType>(
  system: System,
  type: T,
  matches: (event: Recorded<T>) => boolean,
): readonly Recorded<T>[] =>
  system.events().filter((event) => event.type === type && matches(event as Recorded<T>)) as never

/** The associations that an AE title opened, by id, each with the ids of the events that closed it. */
const associationsOf = (system: System, calling: string) => {
  const opened = eventsOf(system, 'AssociationOpened', ({ data }) => data.calling.aeTitle === calling)
  return [...new Set(opened.map(({ stream }) => stream))].map((id) => ({
    id,
    closed: eventsOf(system, 'AssociationClosed', ({ stream }) => stream === id),
  }))
}

/** The runs of the associations that were released: what came whole. */
const runsOf = (system: System, calling: string): readonly (string | undefined)[] =>
  associationsOf(system, calling)
    .filter(({ closed }) => closed[0]?.data.how === 'released')
    .map(({ id }) => eventsOf(system, 'RunCreated', ({ data }) => data.bundleId === id)[0]?.data.runId)

/** The ids of all events of a type that say something of a run: a repeated one has the same id. */
export const idsOf = (system: System, type: EventType, runId: string): ReadonlySet<string> =>
  new Set(
    eventsOf(system, type, ({ data }) => 'runId' in data && data.runId === runId).map(({ meta }) => meta.id),
  )

/** An association that is over: how it ended, and how many events say so. */
export interface Closing {
  readonly how: string
  readonly stored: number
  readonly events: number
}

/**
 * Waits until all is over that began with the pushes of an AE title: every association closed, and the run
 * of each that came whole delivered. Gives the ids of these runs, and the associations.
 */
export const overFor = async (
  system: System,
  calling: string,
  deadlineMs = 60_000,
): Promise<{ readonly runIds: readonly string[]; readonly closings: readonly Closing[] }> => {
  const log = (): string =>
    system
      .events()
      .slice(-60)
      .map(({ type, stream, data }) => `${type} ${stream} ${JSON.stringify(data).slice(0, 200)}`)
      .join('\n')
  const isOver = (): boolean => {
    const runs = runsOf(system, calling)
    return (
      runs.length > 0 &&
      associationsOf(system, calling).every(({ closed }) => closed.length > 0) &&
      runs.every((runId) => runId !== undefined && idsOf(system, 'DeliveryFinished', runId).size > 0)
    )
  }
  await until(isOver, () => `the end of what ${calling} pushed (the log ends with\n${log()}\n)`, deadlineMs)
  return {
    runIds: runsOf(system, calling) as string[],
    closings: associationsOf(system, calling).map(({ closed }) => ({
      how: closed[0]!.data.how,
      stored: closed[0]!.data.stored,
      events: new Set(closed.map(({ meta }) => meta.id)).size,
    })),
  }
}

/** The final rows of a run, once the tables have come so far. */
export const endingOf = async ({ connections: { pool } }: System, runId: string): Promise<Ending> => {
  let details: RunDetails | undefined
  const isThere = async (): Promise<boolean> => {
    // Until the projector has come so far there is no such run.
    details = await showRun({ pool }, runId).catch(() => undefined)
    // They are on two topics, and one may be read before the other.
    return details?.run.status === 'finished' && details.run.deliveryStatus === 'finished'
  }
  await until(isThere, `the delivery of ${runId} in the tables`)
  const { run, models, deliveries } = details!
  const { status, deliveryStatus, inputFiles, outputFiles, jobsFinished, jobsFailed, reason } = run
  return {
    run: { status, deliveryStatus, inputFiles, outputFiles, jobsFinished, jobsFailed, reason },
    models: models.map(({ name, attempt, status, exitCode, failureKind }) => ({
      ...{ name, attempt, status, exitCode, failureKind },
    })),
    deliveries: deliveries.map(({ aeTitle, status, files, succeeded, reason }) => ({
      ...{ aeTitle, status, files, succeeded, reason },
    })),
  }
}
