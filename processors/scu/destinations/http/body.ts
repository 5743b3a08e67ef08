import { randomUUID } from 'node:crypto'
import { basename, extname } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type OutgoingFile } from '../../outgoing.ts'

/** A body that goes out, and what kind of thing it is. */
export interface Body {
  readonly type: string
  readonly length: number
  readonly bytes: () => AsyncIterable<Buffer>
}

/** What is held in memory at most, of a file that goes out as JSON or in a form. */
const longestText = 64 * 1024 * 1024

const mediaTypes: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.dcm': 'application/dicom',
  '.html': 'text/html',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.txt': 'text/plain',
  '.xml': 'application/xml',
  '.zip': 'application/zip',
}

/** Why a file cannot go out in this format; it never will. */
export class Unfit extends Error {}

const whole = async (file: OutgoingFile): Promise<Buffer> => {
  if (file.size > longestText)
    throw new Unfit(`the file has ${file.size} bytes; ${longestText} at most go out so`)
  return buffer(await file.open())
}

const textOf = async (file: OutgoingFile): Promise<string> => {
  const bytes = await whole(file)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Unfit('the file is not text (UTF-8)')
  }
}

const held = (type: string, bytes: Buffer): Body => ({
  type,
  length: bytes.length,
  bytes: async function* () {
    yield await Promise.resolve(bytes)
  },
})

/** The file as the JSON that it is. */
export const jsonBody = async (file: OutgoingFile): Promise<Body> => {
  const bytes = await whole(file)
  try {
    JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Unfit('the file is not JSON')
  }
  return held('application/json', bytes)
}

/** The fields of a form, the text of the file among them. */
export const formBody = async (
  file: OutgoingFile,
  name: string,
  fields: Readonly<Record<string, string>>,
): Promise<Body> => {
  const form = new URLSearchParams({ ...fields, [name]: await textOf(file) })
  return held('application/x-www-form-urlencoded', Buffer.from(form.toString()))
}

/** A name as it stands between quotes (RFC 7578, 4.2, and what browsers do). */
const quoted = (name: string): string =>
  name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

/** The fields, then the file, as parts; the file is never held. */
export const multipartBody = (
  file: OutgoingFile,
  name: string,
  fields: Readonly<Record<string, string>>,
): Body => {
  const boundary = `raddeploy-${randomUUID()}`
  const fileName = basename(file.name)
  const parts = Object.entries(fields).map(
    ([field, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(field)}"\r\n\r\n${value}\r\n`,
  )
  const type = mediaTypes[extname(fileName).toLowerCase()] ?? 'application/octet-stream'
  const disposition = `form-data; name="${quoted(name)}"; filename="${quoted(fileName)}"`
  const before = Buffer.from(
    `${parts.join('')}--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${type}\r\n\r\n`,
  )
  const after = Buffer.from(`\r\n--${boundary}--\r\n`)
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    length: before.length + file.size + after.length,
    bytes: async function* () {
      yield before
      yield* (await file.open()) as AsyncIterable<Buffer>
      // Only now: with a file that is not what it should be, the request stays without an end.
      yield after
    },
  }
}
