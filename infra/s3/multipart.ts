import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'

/** An object that is put in parts, one after the other; the server checks each against its CRC-32. */
export interface Multipart {
  put(part: Buffer, signal: AbortSignal): Promise<void>
  /** All parts are there: from now on there is an object, unless the key was taken meanwhile. */
  complete(): Promise<void>
  /** Takes all parts back; also where that is not known to have begun. */
  abort(): Promise<void>
}

/** Begins an upload in parts with the first of them. */
export const multipart = (
  client: S3Client,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): Multipart => {
  const named = { Bucket: bucket, Key: key }
  const parts: CompletedPart[] = []
  let begun: Promise<{ UploadId: string }> | undefined
  const begin = async (): Promise<{ UploadId: string }> => {
    const create = new CreateMultipartUploadCommand({ ...named, ChecksumAlgorithm: 'CRC32' })
    const { UploadId } = await client.send(create)
    return { UploadId: UploadId! }
  }
  return {
    put: async (part, signal) => {
      const number = parts.length + 1
      const upload = await (begun ??= begin())
      const checked = { ChecksumAlgorithm: 'CRC32' as const, PartNumber: number, Body: part }
      const put = new UploadPartCommand({ ...named, ...upload, ...checked })
      const { ETag, ChecksumCRC32 } = await client.send(put, { abortSignal: signal })
      parts.push({ PartNumber: number, ETag, ...(ChecksumCRC32 ? { ChecksumCRC32 } : {}) })
    },
    complete: async () => {
      const upload = await begun!
      const whole = { MultipartUpload: { Parts: parts }, IfNoneMatch: '*' }
      await client.send(new CompleteMultipartUploadCommand({ ...named, ...upload, ...whole }))
    },
    abort: async () => {
      const upload = await begun?.catch(() => undefined)
      if (upload) await client.send(new AbortMultipartUploadCommand({ ...named, ...upload }))
    },
  }
}
