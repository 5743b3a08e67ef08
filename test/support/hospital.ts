import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { type Destination, startDestination } from '../../app/demo/destination.ts'
import { push } from '../../app/demo/push.ts'
import { type Recorded } from '../../core/event/event.ts'
import { type System } from './system.ts'

/** A place that sends to a system and receives from it, by DICOM. */
export interface Hospital {
  readonly destination: Destination
  /** Pushes files in one association as an AE title of its own; gives that title. */
  send(files: readonly string[]): Promise<string>
  /** Waits until the run of what an AE title sent is delivered; gives its id. */
  delivered(callingAeTitle: string, flow: string, deadlineMs?: number): Promise<string>
  /** Waits until that run has failed; gives the event. */
  failed(callingAeTitle: string, deadlineMs?: number): Promise<Recorded<'RunFailed'>>
  /** What arrived, in the order of arrival. */
  files(): Promise<readonly Buffer[]>
  close(): Promise<void>
}

let sent = 0

/** Opens a hospital beside a system. */
export const hospitalOf = async (system: System): Promise<Hospital> => {
  const folder = await mkdtemp(join(tmpdir(), 'rd-received-'))
  const destination = await startDestination({ port: 0, folder, logger: pino({ level: 'silent' }) })
  const runOf = async (calling: string, flow?: string): Promise<string> => {
    const created = await system.event(
      'RunCreated',
      ({ data }) => data.calling.aeTitle === calling && (flow === undefined || data.flowName === flow),
    )
    return created.data.runId
  }
  return {
    destination,
    send: async (files) => {
      const callingAeTitle = `SCANNER${++sent}.${process.pid}`.slice(0, 16)
      const peer = { host: '127.0.0.1', port: system.scpPort, calledAeTitle: 'RADDEPLOY', callingAeTitle }
      await push(files, peer, () => undefined)
      return callingAeTitle
    },
    delivered: async (calling, flow, deadlineMs = 120_000) => {
      const runId = await runOf(calling, flow)
      await system.event('DeliveryFinished', ({ data }) => data.runId === runId, deadlineMs)
      return runId
    },
    failed: async (calling, deadlineMs = 60_000) => {
      const runId = await runOf(calling)
      return system.event('RunFailed', ({ data }) => data.runId === runId, deadlineMs)
    },
    files: () => Promise.all([...destination.received.values()].map((path) => readFile(path))),
    close: async () => {
      await destination.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
