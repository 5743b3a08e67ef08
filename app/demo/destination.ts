import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { type Logger } from 'pino'
import { part10Header } from '../../core/dicom/part10.ts'
import { drained } from '../../infra/stream/drained.ts'
import { serve } from '../../infra/dimse/receiver.ts'
import { type Sink, type StoreRequest } from '../../infra/dimse/handler.ts'
import { type Association } from '../../infra/dimse/types.ts'
import { negotiate } from '../../producers/scp/contexts.ts'

/** A DICOM SCP that keeps what it receives as files: the demonstration's treatment planning system. */
export interface Destination {
  readonly port: number
  /** Files by SOP Instance UID, as they arrived in this process. */
  readonly received: ReadonlyMap<string, string>
  close(): Promise<void>
}

const limits = { maxPduLength: 131_072, artimMs: 10_000, idleMs: 60_000 }
const success = 0x0000
const outOfResources = 0xa700

/** Listens on a port, or on a free one where that is taken. */
export const startDestination = async (options: {
  readonly port: number
  readonly folder: string
  readonly logger: Logger
}): Promise<Destination> => {
  await mkdir(options.folder, { recursive: true })
  const received = new Map<string, string>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const handler = {
      requested: (association: Association) => {
        negotiate(association)
        return Promise.resolve(undefined)
      },
      store: (request: StoreRequest) =>
        fileSink(options.folder, request, (path) => received.set(request.sopInstanceUid, path)),
      closed: () => Promise.resolve(),
    }
    void serve(socket, handler, limits, options.logger).finally(() => sockets.delete(socket))
  })
  const listen = (port: number): Promise<unknown[]> => {
    server.listen(port, '127.0.0.1')
    return once(server, 'listening')
  }
  await listen(options.port).catch(() => listen(0))
  return {
    port: (server.address() as AddressInfo).port,
    received,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Writes a Part 10 file; it gets its name when it is whole. */
const fileSink = (folder: string, request: StoreRequest, done: (path: string) => void): Sink => {
  const path = join(folder, `${request.sopInstanceUid.replace(/[^0-9.]/g, '_')}.dcm`)
  const partial = `${path}.part`
  const file = createWriteStream(partial)
  let failed = false
  file.on('error', () => (failed = true))
  file.write(part10Header(request))
  return {
    write: async (bytes) => {
      if (!failed && !file.write(bytes)) await drained(file)
    },
    end: async () => {
      file.end()
      await finished(file).catch(() => (failed = true))
      if (failed) return { status: outOfResources, comment: 'the file could not be written' }
      await rename(partial, path)
      done(path)
      return { status: success }
    },
    abort: async () => {
      file.destroy()
      await rm(partial, { force: true })
    },
  }
}
