import { createHash } from 'node:crypto'

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')

/** S3 keys. Each is built from ids that occur once, so a key is never used for other bytes. */
export const key = {
  instance: (associationId: string, ordinal: number): string =>
    `instances/${associationId}/${String(ordinal).padStart(6, '0')}.dcm`,
  /** Called manifest.json by 0.1.0, which said less of an instance: other bytes. */
  bundleManifest: (bundleId: string): string => `bundles/${bundleId}/instances.json`,
  /** What a bundle brings into a gathering: the gathering's id covers the flow's definition. */
  gatheredPart: (bundleId: string, gatheringId: string): string =>
    `bundles/${bundleId}/gathered/${gatheringId}.json`,
  /** `partsId` is that of exactly these parts: one more may come before the bundle is closed. */
  gatheredManifest: (bundleId: string, partsId: string): string => `bundles/${bundleId}/${partsId}.json`,
  runInput: (runId: string, flowHash: string): string => `runs/${runId}/src/${flowHash}.json`,
  /** Stands for the outputs of a model that is skipped: a mount without files. */
  skippedOutput: (runId: string, jobId: string): string => `runs/${runId}/${jobId}/skipped.json`,
  /**
   * Outputs lie under a `nonce` of their container, since a worker that returns may read its output again. The path
   * is hashed: a model may name its files after the patient, and keys stand in messages. The manifest has it.
   */
  output: (
    runId: string,
    jobId: string,
    attempt: number,
    nonce: string,
    mount: string,
    path: string,
  ): string => `runs/${runId}/${jobId}/${attempt}/${nonce}/${mount}/${sha256(path)}`,
  outputManifest: (runId: string, jobId: string, attempt: number, nonce: string, mount: string): string =>
    `runs/${runId}/${jobId}/${attempt}/${nonce}/${mount}.json`,
  log: (runId: string, jobId: string, attempt: number, nonce: string, part: 'log' | 'tail'): string =>
    `runs/${runId}/${jobId}/${attempt}/${nonce}/${part}.txt`,
  /** Where the outputs of a step lie that was done before; the first to write it holds. */
  doneStep: (stepHash: string): string => `cache/${stepHash}.json`,
  /** A part of a log that is still growing, numbered from 1; removed once the whole log is there. */
  liveLog: (runId: string, jobId: string, attempt: number, nonce: string, number: number): string =>
    `runs/${runId}/${jobId}/${attempt}/${nonce}/live/${String(number).padStart(6, '0')}.txt`,
  /** What is noted of instances of a series that are sent, by its own hash: the same is noted once. */
  sent: (seriesInstanceUid: string, note: Buffer): string =>
    `sent/${sha256(seriesInstanceUid)}/${sha256(note)}.json`,
  /** What the notes of one series begin with. */
  sentOf: (seriesInstanceUid: string): string => `sent/${sha256(seriesInstanceUid)}/`,
  commitmentReport: (deliveryId: string, attempt: number, nonce: string): string =>
    `deliveries/${deliveryId}/${attempt}-reported-${nonce}.json`,
  deliveryResults: (deliveryId: string, attempt: number, nonce: string): string =>
    `deliveries/${deliveryId}/${attempt}-${nonce}.json`,
}
