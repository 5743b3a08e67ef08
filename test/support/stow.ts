import { part10 } from '../../app/demo/sampleData/part10.ts'
import { newUid } from './dicomFiles.ts'

export const ct = '1.2.840.10008.5.1.4.1.1.2'

/** A small file with a preamble of its own, by which it is seen to be kept bit for bit. */
export const smallFile = (more: Readonly<Record<string, unknown>> = {}) => {
  const names = { SOPClassUID: ct, SOPInstanceUID: newUid(), StudyInstanceUID: '2.25.1' }
  const bytes = part10({ ...names, SeriesInstanceUID: '2.25.2', Modality: 'CT', PatientID: 'X', ...more })
  bytes.write('II*\0a preamble of its own', 'latin1')
  return { bytes, sopInstanceUid: names.SOPInstanceUID }
}

/** A body of multipart/related, written by hand. */
export const multipart = (
  files: readonly Buffer[],
  { boundary = 'a-boundary', type = 'application/dicom', isClosed = true } = {},
): Buffer =>
  Buffer.concat([
    ...files.flatMap((file) => [
      Buffer.from(`--${boundary}\r\nContent-Type: ${type}\r\n\r\n`),
      file,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(isClosed ? `--${boundary}--\r\n` : ''),
  ])

export const contentType = 'multipart/related; type="application/dicom"; boundary=a-boundary'

/** Posts a body; the data set of the answer, where there is one. */
export const post = async (
  url: string,
  body: Buffer | ReadableStream,
  headers: Readonly<Record<string, string>> = {},
) => {
  const init = { method: 'POST', body, duplex: 'half', headers: { 'Content-Type': contentType, ...headers } }
  const response = await fetch(url, init as RequestInit)
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/dicom+json'
  const dataset = isJson ? (JSON.parse(text) as Record<string, { vr: string; Value: unknown[] }>) : {}
  return { status: response.status, headers: response.headers, text, dataset }
}

/** UIDs and reasons in one of the sequences of an answer. */
export const itemsOf = (
  dataset: Record<string, { Value: unknown[] }>,
  tag: string,
): (readonly [uid: unknown, reason: unknown])[] =>
  ((dataset[tag]?.Value ?? []) as Record<string, { Value: unknown[] }>[]).map((item) => [
    item['00081155']?.Value[0],
    item['00081197']?.Value[0],
  ])
