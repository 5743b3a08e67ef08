import { pino } from 'pino'
import { destinationOf } from '../../core/delivery/destination.ts'
import { type InstanceResult } from '../../core/delivery/result.ts'
import { part10Header } from '../../core/dicom/part10.ts'
import { RadDeployError } from '../../core/error/error.ts'
import { type Fact, type Recorded } from '../../core/event/event.ts'
import { parseFlow } from '../../core/flow/parse.ts'
import { flowError } from '../../core/flow/problem.ts'
import { attemptDelivery } from '../../processors/scu/effects.ts'
import { evolve } from '../../processors/scu/evolve.ts'
import { type Delivery, noDelivery } from '../../processors/scu/state.ts'
import { type Destination } from '../../schemas/generated/shared.ts'
import { an } from './events.ts'
import { memoryStore } from './memoryStore.ts'
import { bytes, ctImage, explicitLittleEndian } from './outgoing.ts'

/** A small instance, its SOP Instance UID made from a number. */
export const dicomFile = (name: string | number, length = 40_000): Buffer =>
  Buffer.concat([
    part10Header({
      sopClassUid: ctImage,
      sopInstanceUid: `1.2.${name}`,
      transferSyntaxUid: explicitLittleEndian,
    }),
    Buffer.from(String(name).padEnd(20)),
    bytes(length),
  ])

/** A destination as a flow file has it. */
export const destinationIn = (written: string): Destination => {
  const { flow, problems } = parseFlow(`triggers: [{Modality: CT}]\ndestinations: [${written}]`, 'f.yaml')
  if (!flow) throw flowError(problems)
  return destinationOf(flow.destinations[0]!)
}

const deliveryId = '6f9a1f0e-8a53-5d0b-9c39-0b6d9c1d7a55'

/** Attempts at deliveries of some files, on an object store in memory; everything that is written down is kept. */
export const delivering = ({
  secrets = {},
  folders = [],
  timeouts = { connectMs: 500, associationMs: 500, responseMs: 300 },
}: {
  readonly secrets?: Readonly<Record<string, string>>
  readonly folders?: string[]
  readonly timeouts?: { connectMs: number; associationMs: number; responseMs: number }
} = {}) => {
  const s3 = memoryStore()
  const logged: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })
  const secretOf = (name: string): string => {
    const value = secrets[name]
    if (value === undefined)
      throw new RadDeployError('RD_CONFIG_INVALID', `there is no secret ${name}`, { secret: name })
    return value
  }
  const attempt = attemptDelivery({
    store: s3.store,
    callingAeTitle: 'RADDEPLOY',
    logger,
    timeouts,
    folders,
    secretOf,
    pseudonymKey: Buffer.from('a key of the installation'),
  })
  return {
    s3,
    logged,
    delivery: (destination: Destination, files: Readonly<Record<string, Buffer>>): Delivery => {
      const list = Object.entries(files).map(([path, content]) => ({
        path,
        object: s3.put(`out/${path}`, content),
      }))
      const manifest = s3.put('manifest', Buffer.from(JSON.stringify({ files: list })))
      const mount = { name: 'dst', manifest, files: list.length, bytes: 0 }
      const queued = an.deliveryQueued({
        deliveryId,
        files: mount,
        destination,
      }) as Recorded<'DeliveryQueued'>
      return evolve(noDelivery, queued)
    },
    attempt: (of: Delivery, signal = new AbortController().signal) => attempt(of, signal),
    after: (before: Delivery, ...attempts: readonly Fact<'DeliveryAttempted'>[]): Delivery =>
      attempts.reduce((state, { data }) => evolve(state, an.deliveryAttempted(data)), before),
    resultsOf: (fact: Fact<'DeliveryAttempted'>): readonly InstanceResult[] =>
      JSON.parse(s3.objects.get(fact.data.results!.key)!.toString()) as never,
    /** The fact, the results and the log as one text. */
    written: (...facts: readonly Fact<'DeliveryAttempted'>[]): string =>
      [...facts.map((fact) => JSON.stringify(fact)), ...logged, ...s3.objects.values()].join('\n'),
  }
}
