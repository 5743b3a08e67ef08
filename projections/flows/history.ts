import { z } from 'zod'
import { RadDeployError } from '../../core/error/error.ts'
import { type Tables, instant, rowsOf } from '../runtime/rows.ts'

/** One version of a flow, as it was applied. */
export const flowVersion = z.object({
  name: z.string(),
  version: z.string(),
  hash: z.string(),
  /** Canonical JSON: what the hash is of. */
  definition: z.string(),
  /** The file as it was written. */
  source: z.string(),
  file: z.string(),
  appliedBy: z.string(),
  definedAt: instant,
  /** Whether bundles are matched with it now, or would be were the flow not paused. */
  inForce: z.boolean(),
  eventId: z.string(),
})
export type FlowVersion = z.output<typeof flowVersion>

/** What happened to a flow. */
export const flowChange = z.object({
  change: z.enum(['defined', 'paused', 'resumed', 'retired']),
  time: instant,
  by: z.string(),
  /** null where nobody gave one. */
  reason: z.string().nullable(),
  /** These three only where it was defined. */
  version: z.string().nullable(),
  hash: z.string().nullable(),
  file: z.string().nullable(),
  eventId: z.string(),
})
export type FlowChange = z.output<typeof flowChange>

/** As the table events knows them; all events of one flow are on one partition. */
const ofFlows = `topic = 'raddeploy.flows' and payload is not null`

/** All that happened to a flow, the newest first. RD_NOT_FOUND where there never was one of that name. */
export const flowHistory = async (tables: Tables, name: string): Promise<readonly FlowChange[]> => {
  const changes = await rowsOf(
    tables,
    flowChange,
    (table) => `select
        case type when 'FlowDefined' then 'defined' when 'FlowPaused' then 'paused'
          when 'FlowResumed' then 'resumed' else 'retired' end as change,
        time,
        coalesce(payload ->> 'appliedBy', payload ->> 'retiredBy', payload ->> 'by') as by,
        payload ->> 'reason' as reason,
        payload ->> 'version' as version,
        case type when 'FlowDefined' then payload ->> 'hash' end as hash,
        payload ->> 'file' as file,
        id as event_id
      from ${table('events')} where ${ofFlows} and stream = $1 order by "offset" desc`,
    [name],
  )
  if (changes.length === 0) throw noFlow(name)
  return changes
}

const noFlow = (name: string): RadDeployError =>
  new RadDeployError('RD_NOT_FOUND', `there is no flow ${name}; see: raddeploy flows list --retired`, {
    name,
  })

/** How much of a hash must be given at least, so that a name is seldom taken for one. */
const leastOfHash = 6
const hashBegins = new RegExp(`^[0-9a-f]{${leastOfHash},64}$`)

/**
 * A version of a flow: by its name the one in force, else by its hash, or the first letters of it, any that was ever
 * applied (of several times the last). RD_NOT_FOUND where there is none, RD_USAGE where several hashes begin so.
 */
export const findFlowVersion = async (tables: Tables, nameOrHash: string): Promise<FlowVersion> => {
  const [named] = await versionsOf(tables, 'stream = $1', nameOrHash)
  if (named?.inForce) return named
  const beginning = nameOrHash.toLowerCase()
  const found = hashBegins.test(beginning)
    ? await versionsOf(tables, `starts_with(payload ->> 'hash', $1)`, beginning)
    : []
  const [first] = found
  if (first && found.some(({ hash }) => hash !== first.hash))
    throw new RadDeployError('RD_USAGE', `several versions begin with ${nameOrHash}; give more of the hash`, {
      hash: nameOrHash,
    })
  if (first) return first
  if (named) throw retired(named)
  throw new RadDeployError(
    'RD_NOT_FOUND',
    `no flow ${nameOrHash} is in force, and no version has a hash that begins so (${leastOfHash} letters or more); see: raddeploy flows list`,
    { name: nameOrHash },
  )
}

const retired = ({ name, hash }: FlowVersion): RadDeployError =>
  new RadDeployError(
    'RD_NOT_FOUND',
    `the flow ${name} was retired; its last version is ${hash.slice(0, 12)}, all are in: raddeploy flows history ${name}`,
    { name, hash },
  )

/** The versions that a condition picks, the last first; of each hash the last time. */
const versionsOf = (tables: Tables, condition: string, value: string): Promise<readonly FlowVersion[]> =>
  rowsOf(
    tables,
    flowVersion,
    (table) => `with changes as (
        select *, row_number() over (partition by stream order by "offset" desc) as nth
        from ${table('events')} where ${ofFlows} and type in ('FlowDefined', 'FlowRetired')
      )
      select * from (select distinct on (payload ->> 'hash') payload ->> 'name' as name, payload ->> 'version' as version, payload ->> 'hash' as hash,
        payload ->> 'definition' as definition, payload ->> 'source' as source, payload ->> 'file' as file,
        payload ->> 'appliedBy' as applied_by, time as defined_at, nth = 1 as in_force, id as event_id, "offset"
        from changes where type = 'FlowDefined' and ${condition}
        order by payload ->> 'hash', "offset" desc) as versions
      order by "offset" desc limit 2`,
    [value],
  )
