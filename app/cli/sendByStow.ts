import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { type InstanceResult } from '../../core/delivery/result.ts'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { type Instance } from '../../infra/dimse/sender/instance.ts'
import { WebClient } from '../../infra/http/post.ts'
import { resultsIn } from '../../processors/scu/destinations/stow/answer.ts'
import { stowBody } from '../../processors/scu/destinations/stow/body.ts'
import { studiesUrl } from '../../processors/scu/destinations/stow/send.ts'

/** Where STOW-RS is served, as people write it. RD_USAGE where it is no URL of http or https. */
export const parseStow = (text: string): string => {
  const url = z.url({ protocol: /^https?$/ }).safeParse(text)
  if (!url.success) throw new RadDeployError('RD_USAGE', `"${text}" is not a URL of http or https`, { text })
  return studiesUrl(text)
}

/** A bearer token in a file; undefined where there is none to read. */
export const tokenIn = async (file: string | undefined): Promise<string | undefined> => {
  if (file === undefined) return undefined
  return (
    await readFile(file, 'utf8').catch((error: unknown) => {
      throw new RadDeployError(
        'RD_NOT_FOUND',
        `the token cannot be read: ${messageOf(error)}`,
        { file },
        error,
      )
    })
  ).trim()
}

/** Sends files as they are in one request, and so as one association. */
export const sendByStow = async (
  url: string,
  token: string | undefined,
  instances: readonly Instance[],
): Promise<readonly InstanceResult[]> => {
  const files = await Promise.all(
    instances.map(async ({ id, sopInstanceUid }) => {
      const { size } = await stat(id)
      return { id, sopInstanceUid, file: { size, open: () => Promise.resolve(createReadStream(id)) } }
    }),
  )
  const body = stowBody(files)
  const client = new WebClient()
  try {
    const answer = await client.post({
      url,
      headers: {
        accept: 'application/dicom+json',
        'content-type': body.type,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      length: body.length,
      body: body.bytes,
    })
    if (answer.type === 'application/dicom+json') return resultsIn(files, answer, (text) => text)
    const why = `HTTP status ${answer.status}: ${answer.body.toString('utf8').trim()}`
    return files.map(({ id, sopInstanceUid }) => ({
      ...{ id, sopInstanceUid, outcome: 'failure', status: null, comment: why },
    }))
  } finally {
    client.close()
  }
}
