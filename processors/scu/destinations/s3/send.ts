import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { optionsFor } from '../../../../core/delivery/destination.ts'
import { type InstanceResult, answered, notAttempted, unsendable } from '../../../../core/delivery/result.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../../../core/error/error.ts'
import { ObjectStore } from '../../../../infra/s3/store.ts'
import { type OutgoingFile } from '../../outgoing.ts'
import { type Send } from '../destination.ts'
import { clientTls } from '../tls.ts'

const usualRegion = 'us-east-1'
/** What goes out in one piece, and is held for it. */
const small = 8 * 1024 * 1024

/**
 * Puts each file under `prefix/<run id>/<path>`, only where nothing has that key yet. What is there already
 * counts, where it is the same.
 */
export const putIntoS3: Send<OutgoingFile> = async (destination, shipment) => {
  const { runId, secrets, items, signal, onTrouble } = shipment
  const options = optionsFor('s3', destination)
  const { bucket, prefix } = placeIn(destination.url!)
  const region = options.region ?? usualRegion
  const store = new ObjectStore({
    endpoint: options.endpoint ?? `https://s3.${region}.amazonaws.com`,
    region,
    bucket,
    accessKeyId: secrets.reveal(options.access_key_id),
    secretAccessKey: secrets.reveal(options.secret_access_key),
    tls: clientTls(options.tls, secrets),
  })
  const results: InstanceResult[] = []
  let over: string | undefined
  try {
    for (const file of items) {
      signal.throwIfAborted()
      if (over !== undefined) {
        results.push(notAttempted(file, over))
        continue
      }
      const key = `${prefix}${runId}/${file.name}`
      try {
        await unlessStopped(put(store, key, file), signal)
        results.push(answered(file, 'success', null, null))
      } catch (error) {
        signal.throwIfAborted()
        if (isRadDeployError(error, 'RD_S3_CONFLICT') && error.facts['key'] === key) {
          results.push(unsendable(file, 'there is an object of that key with other content'))
          continue
        }
        const isTheirs = isRadDeployError(error, 'RD_S3_UNAVAILABLE') && error.facts['key'] === key
        const trouble = isTheirs ? unavailable(bucket, error) : error
        onTrouble(trouble)
        results.push(notAttempted(file, messageOf(trouble)))
        if (isTheirs) over = messageOf(trouble)
      }
    }
  } finally {
    store.close()
  }
  return results
}

const placeIn = (url: string): { readonly bucket: string; readonly prefix: string } => {
  const [bucket, ...rest] = url.slice('s3://'.length).split('/') as [string, ...string[]]
  const prefix = rest.filter((part) => part !== '').join('/')
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` }
}

const put = async (store: ObjectStore, key: string, file: OutgoingFile): Promise<void> => {
  if (file.size <= small) {
    await store.put(key, await buffer(await file.open()))
    return
  }
  const source = await file.open()
  const writer = store.open(key)
  try {
    await pipeline(source, writer.stream, { end: false })
  } catch (error) {
    // Where the source broke off, nothing may become an object; where the store did, finishing says why.
    if (isRadDeployError(error)) await writer.abort()
    else await writer.finish()
    throw error
  }
  await writer.finish()
}

/** The SDK ends by itself, after a while; nobody waits for that. */
const unlessStopped = async <T>(step: Promise<T>, signal: AbortSignal): Promise<T> => {
  let stop: (() => void) | undefined
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([step, stopped])
  } finally {
    signal.removeEventListener('abort', stop!)
  }
}

/** With what the store calls it, which is all that an event may say. */
const unavailable = (bucket: string, error: RadDeployError): RadDeployError => {
  const cause = error.cause as (Error & { code?: unknown }) | undefined
  const why = typeof cause?.code === 'string' ? cause.code : (cause?.name ?? 'no reason')
  return new RadDeployError(
    'RD_DESTINATION_UNAVAILABLE',
    `the bucket ${bucket} did not take it: ${why}`,
    { bucket },
    error,
  )
}
