import { randomUUID } from 'node:crypto'
import { type Logger } from 'pino'
import { type z } from 'zod'
import { type Deidentifier } from '../../core/deidentify/deidentifier.ts'
import { heard, reportSchema } from '../../core/delivery/commitment.ts'
import { nameOf, optionsOf } from '../../core/delivery/destination.ts'
import { type InstanceResult, type Named, notAttempted } from '../../core/delivery/result.ts'
import { type SecretOf, Secrets } from '../../core/delivery/secret.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type MountFile, mountManifestSchema } from '../../core/manifest/manifest.ts'
import { key } from '../../infra/s3/key.ts'
import { type ObjectStore } from '../../infra/s3/store.ts'
import { type Destination, type ObjectRef } from '../../schemas/generated/shared.ts'
import { scuConfigSchema } from './config.ts'
import { type Shipment } from './destinations/destination.ts'
import { destinationKinds } from './destinations/index.ts'
import { type Deidentified, deidentified, deidentifierFor } from './deidentified.ts'
import { type Attempt } from './index.ts'
import { type OutgoingInstance, readInstances } from './instances.ts'
import { type OutgoingFile, storedFile } from './outgoing.ts'
import { acknowledgedIn, countedFor, countsOf, isLasting, remaining, resultsSchema } from './results.ts'
import { noted } from './sent.ts'
import { type Delivery, attemptsOf } from './state.ts'

/**
 * Makes one attempt: sends what is not acknowledged yet, and keeps what is known of each instance in S3.
 * Comments of peers may hold patient data: they go there, never into the event. Throws only where the object
 * store gives nothing, before anything is sent, or when stopped; then the attempt was none, and what it had sent
 * is sent again.
 */
export const attemptDelivery = (
  parts: {
    readonly store: ObjectStore
    readonly logger: Logger
    readonly secretOf: SecretOf
    /** Of the pseudonyms in what is de-identified. */
    readonly pseudonymKey: Uint8Array
  } & z.input<typeof scuConfigSchema>,
): Attempt => {
  const { store } = parts
  const settings = scuConfigSchema.parse(parts)
  return async (delivery, signal) => {
    const { deliveryId, runId, destination, files: mount } = delivery.queued!.data
    const attempt = attemptsOf(delivery) + 1
    const logger = parts.logger.child({ deliveryId, attempt })
    const began = performance.now()
    let trouble: unknown
    const onTrouble = (error: unknown): void => {
      if (signal.aborted) return
      logger.warn({ code: codeOf(error), error: messageOf(error) }, 'an attempt met trouble')
      trouble ??= error
    }

    const isToCommit = optionsOf(destination).commitment !== undefined
    const earlier = countedFor(isToCommit, await earlierResults(store, delivery, onTrouble))
    const before = await withReports(store, delivery, earlier, onTrouble)
    const manifest = await readJson(store, mount.manifest, mountManifestSchema, onTrouble)
    const files = remaining(manifest?.files ?? [], before)
    const { outgoing, unsent, refusal, refused, ruleSetHash } = await asWanted(
      store,
      files,
      () => deidentifierFor(destination, parts.pseudonymKey),
      onTrouble,
    )
    const secrets = new Secrets(parts.secretOf)
    const shipment = { deliveryId, runId, attempt, settings, secrets, signal, onTrouble, items: outgoing }
    const onUnnoted = (error: unknown): void =>
      logger.warn(
        { code: codeOf(error), error: messageOf(error) },
        'not noted as sent; it is sent all the same',
      )
    const { sent, unreadable } = await ship(destination, shipment, (items) =>
      noted(store, delivery.queued!.data, items, onUnnoted),
    )
    signal.throwIfAborted()

    const known = [...acknowledgedIn(before), ...sent, ...unsent]
    // What it was asked before it is still to answer: it has just begun to.
    const isAnswering = sent.length === 0 && delivery.reports.length > (delivery.last?.data.reports ?? 0)
    const results = isAnswering ? known : await settled(destination, shipment, known)
    signal.throwIfAborted()
    const counts = countsOf(results)
    const isHopeless = counts.failed === unreadable + refused && counts.notAttempted === 0
    if (refused + unreadable > 0 && isHopeless && trouble === undefined)
      onTrouble(refusal ?? noDicom(unreadable, mount.files))
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
        notAttempted: manifest ? counts.notAttempted : mount.files - acknowledgedIn(before).length,
        results: kept,
        code: codeFor(trouble, results),
        error: trouble === undefined ? null : messageOf(trouble),
        durationMs: Math.round(performance.now() - began),
        committed: results.filter(({ committed }) => committed).length,
        ruleSetHash,
        destination: nameOf(destination),
        reports: delivery.reports.length,
      },
    }
  }
}

interface AsWanted extends Deidentified {
  readonly ruleSetHash: string | null
}

/** Files as the destination wants them. Where its rules cannot be read, none goes out. */
const asWanted = async (
  store: ObjectStore,
  files: readonly MountFile[],
  deidentifierOf: () => Deidentifier | undefined,
  onTrouble: (error: unknown) => void,
): Promise<AsWanted> => {
  const none = { unsent: [], refusal: undefined, refused: 0, ruleSetHash: null }
  try {
    const by = deidentifierOf()
    if (by === undefined) return { ...none, outgoing: files.map((file) => storedFile(store, file)) }
    return { ...(await deidentified(store, files, by, onTrouble)), ruleSetHash: by.hash }
  } catch (error) {
    onTrouble(error)
    const unsent = files.map(({ path }) => notAttempted({ id: path }, messageOf(error)))
    return { ...none, outgoing: [], unsent }
  }
}

/** Lets items be opened only once it is noted that they are results of ours. */
type Note = <Item extends OutgoingFile | OutgoingInstance>(items: readonly Item[]) => readonly Item[]

interface Shipped {
  readonly sent: readonly InstanceResult[]
  /** Files that no attempt can send, as they are not DICOM. */
  readonly unreadable: number
}

/** Sends by what the destination is. Whatever goes wrong leaves files not attempted, and is said. */
const ship = async (destination: Destination, shipment: Shipment, note: Note): Promise<Shipped> => {
  const { items, signal, onTrouble } = shipment
  if (items.length === 0) return { sent: [], unreadable: 0 }
  const orLeft = async <Item extends Named>(
    left: readonly Item[],
    sending: () => Promise<readonly InstanceResult[]>,
  ): Promise<readonly InstanceResult[]> => {
    try {
      return await sending()
    } catch (error) {
      signal.throwIfAborted()
      onTrouble(error)
      return left.map((item) => notAttempted(item, messageOf(error)))
    }
  }
  const type = destinationKinds[destination.kind]
  if (type?.takes !== 'instances')
    return {
      sent: await orLeft(items, () =>
        (type ?? unknownKind(destination)).send(destination, { ...shipment, items: note(items) }),
      ),
      unreadable: 0,
    }
  const { instances, unsent, unreadable } = await readInstances(items, onTrouble)
  const sent =
    instances.length === 0
      ? []
      : await orLeft(instances, () => type.send(destination, { ...shipment, items: note(instances) }))
  return { sent: [...sent, ...unsent], unreadable }
}

/** Where every file of an attempt is acknowledged: what more the flow wants of the destination. */
const settled = async (
  destination: Destination,
  shipment: Shipment,
  results: readonly InstanceResult[],
): Promise<readonly InstanceResult[]> => {
  const settle = destinationKinds[destination.kind]?.settle
  if (!settle || acknowledgedIn(results).length < results.length) return results
  try {
    return await settle(destination, shipment, results)
  } catch (error) {
    shipment.onTrouble(error)
    return results
  }
}

const unknownKind = ({ kind }: Destination): never => {
  const kinds = Object.keys(destinationKinds)
  throw new RadDeployError('RD_CONFIG_INVALID', `there is no destination of the kind ${kind}`, { kinds })
}

/** What earlier attempts left; what of it is lost is sent once more, which is harmless. */
const earlierResults = async (
  store: ObjectStore,
  { results }: Delivery,
  onTrouble: (error: unknown) => void,
): Promise<readonly InstanceResult[]> =>
  results ? ((await readJson(store, results, resultsSchema, onTrouble)) ?? []) : []

/**
 * What is known of each instance after all that the destination reported. What a report says to be missing counts only
 * where the last attempt had asked: since an earlier one it may have been sent again.
 */
const withReports = async (
  store: ObjectStore,
  delivery: Delivery,
  results: readonly InstanceResult[],
  onTrouble: (error: unknown) => void,
): Promise<readonly InstanceResult[]> => {
  let known = results
  for (const { attempt, report } of delivery.reports) {
    const kept = await readJson(store, report, reportSchema, onTrouble)
    if (!kept) continue
    const { committed, failed } = kept
    known = heard(known, { committed, failed: attempt === attemptsOf(delivery) ? failed : new Map() })
  }
  return known
}

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

/**
 * The code of what kept instances from being sent. That they cannot be sent at all is not said of an attempt where the
 * destination refused some: it may take those at the next one.
 */
const codeFor = (trouble: unknown, results: readonly InstanceResult[]): string | null => {
  const code = codeOf(trouble)
  const isRefused = results.some(({ outcome, status }) => outcome === 'failure' && status !== null)
  return isLasting(code) && isRefused ? null : code
}

const codeOf = (error: unknown): string | null => (isRadDeployError(error) ? error.code : null)
