import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { type Logger } from 'pino'
import { z } from 'zod'
import { parsePart10 } from '../../core/dicom/part10.ts'
import { isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type MountFile, mountManifestSchema } from '../../core/manifest/manifest.ts'
import { type Instance, type InstanceResult } from '../../infra/dimse/sender/send.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { destinationKinds } from './destinations/index.ts'
import { type Attempt } from './index.ts'
import { type Delivery, attemptsOf } from './state.ts'

const resultSchema = z.object({
  id: z.string(),
  sopInstanceUid: z.string(),
  outcome: z.enum(['success', 'warning', 'failure', 'notAttempted']),
  status: z.number().nullable(),
  comment: z.string().nullable(),
})
const headBytes = 16 * 1024
const headsAtOnce = 16

/** Makes one attempt: sends what is not acknowledged yet, and keeps the status of each instance in S3. */
export const attemptDelivery =
  (parts: {
    readonly store: ObjectStore
    readonly callingAeTitle: string
    readonly logger: Logger
  }): Attempt =>
  async (delivery, signal) => {
    const { store, logger } = parts
    const { deliveryId, destination, files } = delivery.queued!.data
    const attempt = attemptsOf(delivery) + 1
    const began = performance.now()
    const manifest = mountManifestSchema.parse(
      JSON.parse((await store.read(files.manifest)).toString('utf8')),
    )
    const before = await earlierResults(store, delivery)
    const acknowledged = before.filter(({ outcome }) => outcome === 'success' || outcome === 'warning')
    const done = new Set(acknowledged.map(({ id }) => id))
    const { instances, unreadable } = await readInstances(
      store,
      manifest.files.filter(({ path }) => !done.has(path)),
    )
    let sent: readonly InstanceResult[] = []
    let failure: unknown
    try {
      const send = destinationKinds[destination.kind as keyof typeof destinationKinds]
      sent =
        instances.length === 0
          ? []
          : await send(destination, { callingAeTitle: parts.callingAeTitle, instances, signal })
    } catch (error) {
      failure = error
      sent = instances.map(({ id, sopInstanceUid }) => notAttempted(id, sopInstanceUid))
      logger.warn({ deliveryId, attempt, error: messageOf(error) }, 'an attempt at a delivery failed')
    }
    signal.throwIfAborted()
    const results = [...acknowledged, ...sent, ...unreadable]
    const count = (outcome: InstanceResult['outcome']): number =>
      results.filter((one) => one.outcome === outcome).length
    return {
      type: 'DeliveryAttempted',
      stream: deliveryId,
      data: {
        deliveryId,
        attempt,
        succeeded: count('success'),
        warned: count('warning'),
        failed: count('failure'),
        notAttempted: count('notAttempted'),
        results: await store.putJson(key.deliveryResults(deliveryId, attempt, randomUUID()), results),
        code: isRadDeployError(failure) ? failure.code : null,
        error: failure === undefined ? null : messageOf(failure),
        durationMs: Math.round(performance.now() - began),
      },
    }
  }

const earlierResults = async (store: ObjectStore, { last }: Delivery): Promise<readonly InstanceResult[]> =>
  last?.data.results
    ? z.array(resultSchema).parse(JSON.parse((await store.read(last.data.results)).toString('utf8')))
    : []

const notAttempted = (id: string, sopInstanceUid: string): InstanceResult => ({
  id,
  sopInstanceUid,
  outcome: 'notAttempted',
  status: null,
  comment: null,
})

/** Files as instances; a file that is not DICOM can never be sent and says so. */
const readInstances = async (
  store: ObjectStore,
  files: readonly MountFile[],
): Promise<{ instances: readonly Instance[]; unreadable: readonly InstanceResult[] }> => {
  const read = new Array<Instance | InstanceResult>(files.length)
  const waiting = files.entries()
  const reader = async (): Promise<void> => {
    for (const [index, { path, object }] of waiting) {
      const last = object.size - 1
      const head =
        object.size === 0
          ? Buffer.alloc(0)
          : await buffer(await store.get(object.key, { start: 0, end: Math.min(headBytes - 1, last) }))
      try {
        const { datasetOffset: start, ...names } = parsePart10(head)
        read[index] = {
          id: path,
          ...names,
          size: object.size - start,
          open: () => store.get(object.key, { start, end: last }),
        }
      } catch (error) {
        read[index] = { ...notAttempted(path, ''), outcome: 'failure', comment: messageOf(error) }
      }
    }
  }
  await Promise.all(Array.from({ length: headsAtOnce }, reader))
  return {
    instances: read.filter((one): one is Instance => 'open' in one),
    unreadable: read.filter((one): one is InstanceResult => !('open' in one)),
  }
}
