import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { destinationOf, plainNode } from '../../../core/delivery/destination.ts'
import { RadDeployError } from '../../../core/error/error.ts'
import { destinationSchema } from '../../../core/flow/destinationSchema.ts'
import { type Tables } from '../../../projections/runtime/rows.ts'
import { sentToByName } from '../../../projections/deliveries/queries.ts'
import { type Destination } from '../../../schemas/generated/shared.ts'
import { parseAe } from '../send.ts'

const known = z.object({
  kind: z.string(),
  host: z.string(),
  port: z.number().int(),
  aeTitle: z.string(),
  url: z.string().nullable().default(null),
  options: z.string().default('{}'),
})

/**
 * Where to, as people say it: the name of a destination that deliveries go to, with all that its flow file says of it
 * (TLS, secrets); else AE@HOST:PORT, the URL of a DICOMweb service, or that of a folder. RD_USAGE where it is none.
 */
export const destinationNamed = async (tables: Tables, text: string): Promise<Destination> => {
  const sentTo = known.safeParse(await sentToByName(tables, text))
  if (sentTo.success) return sentTo.data
  return placeOf(text)
}

/** A place of which no more is said: AE@HOST:PORT, https://… of a DICOMweb service, file:///… of a folder. */
export const placeOf = (text: string): Destination => {
  const written = /^https?:\/\//.test(text)
    ? { stow: text }
    : text.startsWith('file:///')
      ? { folder: folderOf(text) }
      : undefined
  if (!written) {
    const { calledAeTitle, host, port } = parseAe(text)
    return plainNode(host, port, calledAeTitle)
  }
  const read = destinationSchema.safeParse(written)
  if (read.success) return destinationOf(read.data)
  throw new RadDeployError('RD_USAGE', `"${text}" ${read.error.issues[0]?.message ?? 'is no destination'}`, {
    text,
  })
}

const folderOf = (url: string): string => {
  try {
    const path = fileURLToPath(url)
    if (isAbsolute(path)) return path
  } catch {
    // Said below: it is no URL of a folder of this host.
  }
  throw new RadDeployError('RD_USAGE', `"${url}" is no folder`, { url })
}
