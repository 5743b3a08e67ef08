import { buffer } from 'node:stream/consumers'
import { type Sent } from '../../core/delivery/sent.ts'
import { headerOf } from '../../core/dicom/head.ts'
import { isRadDeployError } from '../../core/error/error.ts'
import { sopInstanceUidIn } from '../../core/flow/inputPath.ts'
import { mountManifestSchema } from '../../core/manifest/manifest.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type DeliveryQueued } from '../../schemas/generated/deliveries.ts'
import { type OutgoingInstance } from './instances.ts'
import { type OutgoingFile } from './outgoing.ts'

const atOnce = 16
const keys = new Set(['SeriesInstanceUID'])

/**
 * The items, each to be opened only once it is noted in S3 that they are results of ours: they must be known as such
 * when they come back. It is noted when the first is opened: a destination that is down costs nothing. Where it cannot
 * be noted, and `onUnnoted` hears why, they are sent all the same: were they to come back, they would go round once
 * more and be noted then.
 */
export const noted = <Item extends OutgoingFile | OutgoingInstance>(
  store: ObjectStore,
  delivery: DeliveryQueued,
  items: readonly Item[],
  onUnnoted: (error: unknown) => void,
): readonly Item[] => {
  let noting: Promise<void> | undefined
  const after =
    <Args extends readonly unknown[], Result>(open: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await (noting ??= note(store, delivery, items).catch(onUnnoted))
      return open(...args)
    }
  return items.map((item) =>
    'file' in item
      ? { ...item, open: after(item.open), file: { ...item.file, open: after(item.file.open) } }
      : { ...item, open: after(item.open) },
  )
}

/** One object for each series: a study of thousands of images needs few, and is looked up by few. */
const note = async (
  store: ObjectStore,
  delivery: DeliveryQueued,
  items: readonly (OutgoingFile | OutgoingInstance)[],
): Promise<void> => {
  const [names, inputs] = await Promise.all([inTurn(items, namesOf), inputUidsOf(store, delivery)])
  const bySeries = new Map<string, Set<string>>()
  for (const { uid, series } of names.filter((one) => one !== undefined))
    bySeries.set(series, (bySeries.get(series) ?? new Set()).add(uid))
  const { flowName, lineage, sender } = delivery
  await inTurn([...bySeries], async ([series, found]) => {
    const uids = [...found].sort()
    const sent: Sent = {
      lineage: lineage.length === 0 ? [flowName] : [...lineage],
      sender,
      passed: uids.filter((uid) => inputs.has(uid)),
      made: uids.filter((uid) => !inputs.has(uid)),
    }
    const bytes = Buffer.from(JSON.stringify(sent))
    await store.put(key.sent(series, bytes), bytes)
  })
}

/** Does a task for each, a few at once; the results in the order of the items. */
const inTurn = async <Item, Result>(
  items: readonly Item[],
  task: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const results = new Array<Result>(items.length)
  const waiting = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await task(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}

interface Names {
  readonly uid: string
  /** Empty where it says none, as of what arrived without one. */
  readonly series: string
}

const namesOf = async (item: OutgoingFile | OutgoingInstance): Promise<Names | undefined> => {
  if (!('file' in item)) return namesIn(item)
  const { sopInstanceUid: uid, seriesInstanceUid: series } = item
  return series === undefined ? namesIn(item.file) : { uid, series }
}

/** What a file is called by the bytes that go out; undefined where it is no DICOM: that comes back as no instance. */
const namesIn = async (file: OutgoingFile): Promise<Names | undefined> => {
  const read = async (start: number, end: number): Promise<Buffer> =>
    (await buffer(await file.head(end))).subarray(start)
  try {
    const { attributes } = await headerOf(file.size, read, keys)
    return { uid: attributes['SOPInstanceUID']!, series: attributes['SeriesInstanceUID'] ?? '' }
  } catch (error) {
    if (isRadDeployError(error, 'RD_DICOM_UNREADABLE')) return undefined
    throw error
  }
}

const inputUidsOf = async (
  store: ObjectStore,
  { input, sender }: DeliveryQueued,
): Promise<ReadonlySet<string>> => {
  if (!input || !sender) return new Set()
  const { files } = mountManifestSchema.parse(JSON.parse((await store.read(input.manifest)).toString('utf8')))
  return new Set(files.map(({ path }) => sopInstanceUidIn(path)))
}
