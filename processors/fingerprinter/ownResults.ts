import { buffer } from 'node:stream/consumers'
import {
  type Note,
  type Sent,
  byInstance,
  comesBack,
  lineageOf,
  sentSchema,
} from '../../core/delivery/sent.ts'
import { type Flow } from '../../core/flow/schema.ts'
import { triggerTakes } from '../../core/flow/trigger.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type Peer } from '../../schemas/generated/shared.ts'
import { type Read } from './headers.ts'

const lookUpsAtOnce = 16

/** What was noted of instances when we sent them. */
export interface Notes {
  of(files: readonly Read[]): Promise<ReadonlyMap<Read, readonly Note[]>>
}

/** The notes that the SCU leaves in S3; each series that is asked for is looked up once. */
export const notesIn = (store: ObjectStore, signal: AbortSignal): Notes => {
  const known = new Map<string, ReadonlyMap<string, readonly Note[]>>()
  const read = async (at: string): Promise<Sent> =>
    sentSchema.parse(JSON.parse((await buffer(await store.get(at))).toString('utf8')))
  const lookUp = async (series: string): Promise<void> => {
    signal.throwIfAborted()
    const keys = await store.list(key.sentOf(series))
    const sent: Sent[] = []
    for (const one of keys) sent.push(await read(one))
    known.set(series, byInstance(sent))
  }
  return {
    of: async (files) => {
      const unknown = new Set(files.map(seriesOf).filter((series) => !known.has(series))).values()
      const worker = async (): Promise<void> => {
        for (const series of unknown) await lookUp(series)
      }
      await Promise.all(Array.from({ length: lookUpsAtOnce }, worker))
      return new Map(
        files.map((file) => [file, known.get(seriesOf(file))?.get(file.instance.sopInstanceUid) ?? []]),
      )
    },
  }
}

const seriesOf = ({ instance }: Read): string => instance.seriesInstanceUid ?? ''

/** The flows that files are results of, and the flows before those. */
export const lineageAmong = async (notes: Notes, files: readonly Read[]): Promise<readonly string[]> =>
  lineageOf([...(await notes.of(files)).values()].flat())

/** What a flow may take of the files, and why it leaves the rest. */
export interface Sifted {
  readonly left: readonly Read[]
  /** Why nothing is taken of what is left, with what there is to say of the rest. */
  why<Not extends { readonly trigger: number; readonly reason: string }>(not: Not): Not
}

/** All files, for a flow of which none comes back. */
export const allOf = (files: readonly Read[]): Sifted => ({ left: files, why: (not) => not })

/**
 * Leaves out the results of a flow that come back to it, unless it wants them. Only files that meet a trigger are
 * looked at, and none where no run could begin: all triggers must be met, but by those of which some are gathered.
 */
export const withoutOwn = async (
  notes: Notes,
  { name, flow, gathers }: { readonly name: string; readonly flow: Flow; readonly gathers: boolean },
  from: Peer,
  files: readonly Read[],
): Promise<Sifted> => {
  if (flow.own_results === 'take') return allOf(files)
  const candidates = files.map(({ attributes }, index) => ({ id: String(index), attributes }))
  const met = flow.triggers.map((trigger) => triggerTakes(trigger, candidates).ids)
  if (!gathers && met.some((ids) => ids.length === 0)) return allOf(files)
  const ids = new Set(met.flat())
  const picked = files.filter((_, index) => ids.has(String(index)))
  const found = await notes.of(picked)
  const own = new Set(picked.filter((file) => comesBack(found.get(file) ?? [], name, from)))
  if (own.size === 0) return allOf(files)
  const back = `came back from ${from.aeTitle}@${from.host}`
  return {
    left: files.filter((file) => !own.has(file)),
    why: (not) =>
      own.size === picked.length
        ? { ...not, trigger: -1, reason: `its own results: they ${back}` }
        : { ...not, reason: `${not.reason}; ${own.size} of its own results ${back}` },
  }
}
