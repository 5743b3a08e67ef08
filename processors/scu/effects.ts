import { randomUUID } from 'node:crypto'
import { type Logger } from 'pino'
import { type z } from 'zod'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { mountManifestSchema } from '../../core/manifest/manifest.ts'
import { type InstanceResult, notAttempted } from '../../infra/dimse/sender/instance.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type Destination, type ObjectRef } from '../../schemas/generated/shared.ts'
import { scuConfigSchema } from './config.ts'
import { type Shipment } from './destinations/destination.ts'
import { destinationKinds } from './destinations/index.ts'
import { type Attempt } from './index.ts'
import { readInstances } from './instances.ts'
import { acknowledgedIn, countsOf, remaining, resultsSchema } from './results.ts'
import { type Delivery, attemptsOf } from './state.ts'

/**
 * Makes one attempt: sends what is not acknowledged yet, and keeps what is known of each instance in S3.
 * Comments of peers may hold patient data: they go there, never into the event. Throws only where the object
 * store gives nothing, before anything is sent, or when stopped; then the attempt was none, and what it had sent
 * is sent again.
 */
export const attemptDelivery = (
  parts: { readonly store: ObjectStore; readonly logger: Logger } & z.input<typeof scuConfigSchema>,
): Attempt => {
  const { store } = parts
  const { callingAeTitle, timeouts } = scuConfigSchema.parse(parts)
  return async (delivery, signal) => {
    const { deliveryId, destination, files } = delivery.queued!.data
    const attempt = attemptsOf(delivery) + 1
    const logger = parts.logger.child({ deliveryId, attempt })
    const began = performance.now()
    let trouble: unknown
    const onTrouble = (error: unknown): void => {
      if (signal.aborted) return
      logger.warn({ code: codeOf(error), error: messageOf(error) }, 'an attempt met trouble')
      trouble ??= error
    }

    const before = await earlierResults(store, delivery, onTrouble)
    const manifest = await readJson(store, files.manifest, mountManifestSchema, onTrouble)
    const { instances, unsent, unreadable } = await readInstances(
      store,
      remaining(manifest?.files ?? [], before),
      onTrouble,
    )
    const shipment = { callingAeTitle, timeouts, instances, signal, onTrouble }
    const sent = await ship(destination, shipment).catch((error: unknown) => {
      onTrouble(error)
      return instances.map((instance) => notAttempted(instance, messageOf(error)))
    })
    signal.throwIfAborted()

    const results = [...acknowledgedIn(before), ...sent, ...unsent]
    const counts = countsOf(results)
    if (unreadable > 0 && counts.failed === unreadable && counts.notAttempted === 0 && trouble === undefined)
      onTrouble(noDicom(unreadable, files.files))
    const kept = await store
      .putJson(key.deliveryResults(deliveryId, attempt, randomUUID()), results)
      .catch((error: unknown) => {
        onTrouble(error)
        return null
      })
    return {
      type: 'DeliveryAttempted',
      stream: deliveryId,
      data: {
        deliveryId,
        attempt,
        ...counts,
        notAttempted: manifest ? counts.notAttempted : files.files - acknowledgedIn(before).length,
        results: kept,
        code: codeOf(trouble),
        error: trouble === undefined ? null : messageOf(trouble),
        durationMs: Math.round(performance.now() - began),
      },
    }
  }
}

const ship = async (destination: Destination, shipment: Shipment): Promise<readonly InstanceResult[]> => {
  if (shipment.instances.length === 0) return []
  const send = destinationKinds[destination.kind]
  if (send) return send(destination, shipment)
  const message = `there is no destination of the kind ${destination.kind}`
  throw new RadDeployError('RD_CONFIG_INVALID', message, { kinds: Object.keys(destinationKinds) })
}

/** What earlier attempts left; what of it is lost is sent once more, which is harmless. */
const earlierResults = async (
  store: ObjectStore,
  { results }: Delivery,
  onTrouble: (error: unknown) => void,
): Promise<readonly InstanceResult[]> =>
  results ? ((await readJson(store, results, resultsSchema, onTrouble)) ?? []) : []

/** Says that all the rest was acknowledged, and that no attempt can send these; no names, as they may be patients'. */
const noDicom = (unreadable: number, files: number): RadDeployError =>
  new RadDeployError('RD_DICOM_UNREADABLE', `not DICOM: ${unreadable} of ${files} files`, {})

/** Reads an object of ours. An object that is lost or broken is trouble; a store that is away is an error. */
const readJson = async <T>(
  store: ObjectStore,
  ref: ObjectRef,
  schema: z.ZodType<T>,
  onTrouble: (error: unknown) => void,
): Promise<T | undefined> => {
  try {
    return schema.parse(JSON.parse((await store.read(ref)).toString('utf8')))
  } catch (error) {
    if (isRadDeployError(error, 'RD_S3_UNAVAILABLE')) throw error
    onTrouble(
      isRadDeployError(error)
        ? error
        : new RadDeployError(
            'RD_S3_CORRUPT',
            `object ${ref.key} is not what it should be`,
            { key: ref.key },
            error,
          ),
    )
    return undefined
  }
}

const codeOf = (error: unknown): string | null => (isRadDeployError(error) ? error.code : null)
