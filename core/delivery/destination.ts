import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { type DestinationKind, type FlowDestination, optionShapes } from '../flow/destinationSchema.ts'
import { canonicalJson } from '../event/id.ts'
import { RadDeployError } from '../error/error.ts'
import { type Destination } from '../../schemas/generated/shared.ts'

/** A destination of a flow file as events name it: the place, and the rest of it as canonical JSON. */
export const destinationOf = (written: FlowDestination): Destination => {
  if ('host' in written) {
    const { host, port, ae_title: aeTitle, ...rest } = written
    return { kind: 'dimse', host, port, aeTitle, url: null, options: canonicalJson(rest) }
  }
  if ('stow' in written) {
    const { stow, ...rest } = written
    return { kind: 'stow-rs', ...placeOf(stow), options: canonicalJson(rest) }
  }
  if ('http' in written) {
    const { http, ...rest } = written
    return { kind: 'http', ...placeOf(http), options: canonicalJson(rest) }
  }
  const nowhere = { host: '', port: 0, aeTitle: '' }
  if ('s3' in written) {
    const { s3, ...rest } = written
    return { kind: 's3', ...nowhere, url: s3, options: canonicalJson(rest) }
  }
  const { folder, ...rest } = written
  return { kind: 'folder', ...nowhere, url: pathToFileURL(folder).href, options: canonicalJson(rest) }
}

const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

const placeOf = (url: string): Pick<Destination, 'host' | 'port' | 'aeTitle' | 'url'> => {
  const { hostname, port, protocol } = new URL(url)
  return { host: hostname, port: Number(port) || (usualPorts[protocol] ?? 0), aeTitle: '', url }
}

/** A DICOM node of which nothing more is known, as flow files had it from the first day. */
export const plainNode = (host: string, port: number, aeTitle: string): Destination => ({
  kind: 'dimse',
  host,
  port,
  aeTitle,
  url: null,
  options: '{}',
})

/** What people call it: its name in the flow file, else `AE@host:port`, or its URL. Never throws. */
export const nameOf = (destination: Destination): string => {
  const { name } = commonOptions.parse(readOptions(destination))
  if (name !== undefined) return name
  const { url, aeTitle, host, port } = destination
  return url ?? `${aeTitle}@${host}:${port}`
}

/** Where it is, whatever else is said of it: what hangs for one delivery there hangs for the others, too. */
export const laneOf = ({ kind, url, aeTitle, host, port }: Destination): string =>
  `${kind} ${url ?? `${aeTitle}@${host}:${port}`}`

/** What every kind of destination may say, as far as it can be read. */
const commonOptions = z.object({
  name: z.string().optional().catch(undefined),
  /** In seconds. */
  deadline: z.number().positive().optional().catch(undefined),
  commitment: z.object({ /** In seconds. */ timeout: z.number().positive() }).optional().catch(undefined),
  /** The rules by which it is to be de-identified, as core/deidentify reads them. */
  deidentify: z.unknown().optional(),
})

/** What does not depend on the kind; commitment is asked for only where it is there. Never throws. */
export const optionsOf = (destination: Destination): z.output<typeof commonOptions> =>
  commonOptions.parse(readOptions(destination))

/**
 * A place that takes over what was to go to another one: where that was to be de-identified it still is, unless the
 * place has rules of its own.
 */
export const insteadOf = (other: Destination, place: Destination): Destination => {
  const { deidentify } = optionsOf(other)
  if (deidentify === undefined || optionsOf(place).deidentify !== undefined) return place
  return { ...place, options: canonicalJson({ ...(readOptions(place) as object), deidentify }) }
}

/** How long it is tried, in milliseconds; undefined where the flow file does not say. */
export const deadlineMsOf = (destination: Destination): number | undefined => {
  const { deadline } = optionsOf(destination)
  return deadline === undefined ? undefined : Math.round(deadline * 1000)
}

const readOptions = ({ options }: Destination): unknown => {
  try {
    const read: unknown = JSON.parse(options)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? read : {}
  } catch {
    return {}
  }
}

const schemas = {
  dimse: z.object(optionShapes.dimse),
  'stow-rs': z.object(optionShapes['stow-rs']),
  http: z.object(optionShapes.http),
  s3: z.object(optionShapes.s3),
  folder: z.object(optionShapes.folder),
} as const satisfies Record<DestinationKind, z.ZodType>

/** The options of a destination of one kind. */
export type OptionsFor<Kind extends DestinationKind> = z.output<(typeof schemas)[Kind]>

/** All options of a destination of this kind, for whoever sends; RD_CONFIG_INVALID where they are not such. */
export const optionsFor = <Kind extends DestinationKind>(
  kind: Kind,
  destination: Destination,
): OptionsFor<Kind> => {
  const read = schemas[kind].safeParse(readOptions(destination))
  if (read.success) return read.data as OptionsFor<Kind>
  const where = read.error.issues.map(({ path }) => path.join('.')).join(', ')
  throw new RadDeployError(
    'RD_CONFIG_INVALID',
    `the options of ${nameOf(destination)} cannot be read: ${where}`,
    {
      destination: nameOf(destination),
    },
  )
}
