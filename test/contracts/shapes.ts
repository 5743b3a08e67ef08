import { z } from 'zod'
import { commandedFlow } from '../../app/cli/flows/command.ts'
import { drawnFlow } from '../../app/cli/flows/graph.ts'
import { flowTest } from '../../app/cli/flows/test.ts'
import { commandedDelivery } from '../../app/cli/deliveries/command.ts'
import { instanceResult } from '../../app/cli/deliveries/results.ts'
import { commandedDestination } from '../../app/cli/destinations/command.ts'
import { cancelledRun } from '../../app/cli/runs/cancel.ts'
import { loggedLine, loggedModel } from '../../app/cli/runs/logs.ts'
import { statusReport } from '../../app/cli/status.ts'
import { commandedWorker } from '../../app/cli/workers/command.ts'
import { refusalRow } from '../../projections/associations/queries.ts'
import { attemptRow, destinationRow } from '../../projections/deliveries/rows.ts'
import { flowChange, flowVersion } from '../../projections/flows/history.ts'
import { flowRow } from '../../projections/flows/queries.ts'
import { associationRow, modelRow, runRow } from '../../projections/overview/rows.ts'
import { deliveryRow } from '../../projections/runtime/deliveryRow.ts'
import { eventRow } from '../../projections/runtime/eventRow.ts'
import { workerRow } from '../../projections/workers/queries.ts'

const moment = z.iso.datetime()

/** A row as JSON has it: its moments are text. */
const printed = <Shape extends z.ZodRawShape>(row: z.ZodObject<Shape>) =>
  z.strictObject(
    Object.fromEntries(
      Object.entries(row.shape).map(([name, type]) => [name, asPrinted(type as z.ZodType)]),
    ) as Readonly<Record<keyof Shape, z.ZodType>>,
  )
const asPrinted = (type: z.ZodType): z.ZodType =>
  type instanceof z.ZodNullable
    ? asPrinted(type.unwrap() as z.ZodType).nullable()
    : type instanceof z.ZodPipe
      ? moment
      : type

const meta = {
  id: z.string(),
  time: moment,
  source: z.string(),
  causationId: z.string(),
  correlationId: z.string(),
  traceparent: z.string(),
}
const position = z.strictObject({
  topic: z.string(),
  partition: z.number().int(),
  offset: z.number().int(),
})
const event = z.strictObject({
  at: position,
  type: z.string(),
  stream: z.string(),
  ...meta,
  data: z.record(z.string(), z.unknown()).nullable(),
})
const problem = z.strictObject({
  code: z.string().startsWith('RD_FLOW_'),
  file: z.string(),
  line: z.number().int().min(1),
  column: z.number().int().min(1),
  key: z.string(),
  reason: z.string(),
})
const named = { name: z.string(), version: z.string(), hash: z.string().length(64) }

/** What each command prints with --json. What is here, scripts rely on. */
export const shapes = {
  status: statusReport,
  send: z.strictObject({
    sent: z.number().int(),
    failed: z.number().int(),
    results: z.array(
      z.strictObject({
        id: z.string(),
        sopInstanceUid: z.string(),
        outcome: z.enum(['success', 'warning', 'failure', 'notAttempted']),
        status: z.number().int().nullable(),
        comment: z.string().nullable(),
      }),
    ),
  }),
  'flows validate': z.strictObject({
    valid: z.boolean(),
    flows: z.array(z.strictObject({ file: z.string(), ...named })),
    problems: z.array(problem),
  }),
  'flows test': z.array(flowTest),
  'flows pause': commandedFlow,
  'flows resume': commandedFlow,
  'flows retire': commandedFlow,
  'flows apply': z.array(z.strictObject({ ...named, change: z.enum(['defined', 'changed', 'unchanged']) })),
  'flows list': z.array(printed(flowRow)),
  'flows show': printed(flowVersion),
  'flows history': z.array(printed(flowChange)),
  'flows schema': z.record(z.string(), z.unknown()),
  'flows graph': z.array(drawnFlow),
  'associations list': z.union([z.array(printed(associationRow)), z.array(printed(refusalRow))]),
  'runs list': z.array(printed(runRow)),
  'runs show': z.strictObject({
    run: printed(runRow),
    models: z.array(printed(modelRow)),
    deliveries: z.array(printed(deliveryRow)),
    timeline: z.array(printed(eventRow)),
  }),
  'runs cancel': cancelledRun,
  'runs logs': z.union([z.array(loggedModel), loggedLine]),
  'deliveries list': z.array(printed(deliveryRow)),
  'deliveries show': z.strictObject({
    delivery: printed(deliveryRow),
    attempts: z.array(printed(attemptRow)),
    history: z.array(printed(eventRow)),
    instances: z.array(instanceResult),
    /** Why what became of each instance cannot be read; null where it can. */
    unread: z.string().nullable(),
  }),
  'deliveries retry': z.array(commandedDelivery),
  'deliveries redirect': z.array(commandedDelivery),
  'deliveries drop': z.array(commandedDelivery),
  'destinations list': z.array(printed(destinationRow)),
  'destinations pause': commandedDestination,
  'destinations resume': commandedDestination,
  'workers list': z.array(printed(workerRow)),
  'workers drain': commandedWorker,
  'workers resume': commandedWorker,
  'events tail': z.union([event, z.strictObject({ at: position, error: z.string() })]),
  'events show': z.union([event, z.strictObject({ at: position, error: z.string() })]),
  'projections rebuild': z.strictObject({ records: z.number().int(), seconds: z.number() }),
  'projections digest': z.record(z.string(), z.strictObject({ rows: z.number().int(), hash: z.string() })),
  error: z.strictObject({
    error: z.strictObject({
      code: z.string().startsWith('RD_'),
      message: z.string().min(1),
      facts: z.record(z.string(), z.unknown()),
      page: z.string().regex(/^docs\/errors\/RD_[A-Z0-9_]+\.md$/),
    }),
  }),
} as const
