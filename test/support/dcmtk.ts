import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { freePort } from '../../infra/embedded/ports.ts'
import { type DicomFile, type Syntax, readDicomFile } from './dicomFiles.ts'

/** Without it each instance waits 40 ms for a delayed acknowledgement. */
const env = { TCP_NODELAY: '1' }

/** How an outcome of dcmtk's storescu looks. */
export interface Pushed {
  readonly exitCode: number | undefined
  readonly output: string
}

/** storescu's option that proposes a transfer syntax; what is not uncompressed has a context of its own. */
export const proposing: Readonly<Record<Syntax, string>> = {
  implicit: '-xi',
  explicit: '-xe',
  bigEndian: '-xb',
  deflated: '-xd',
  jpegBaseline: '-xy',
  jpegLossless: '-xs',
  jpegLs: '-xt',
  jpeg2000: '-xv',
  rle: '-xr',
}

/** A program that pushes files or folders to an SCP. */
export type Client = (
  to: { readonly port: number; readonly called?: string; readonly calling?: string },
  paths: readonly string[],
  options?: readonly string[],
) => Promise<Pushed>

const client =
  (program: string, always: readonly string[]): Client =>
  async (to, paths, options = []) => {
    const titles = ['-aec', to.called ?? 'RADDEPLOY', '-aet', to.calling ?? 'MODALITY']
    const { exitCode, all } = await execa(
      program,
      [...always, ...titles, ...options, '127.0.0.1', String(to.port), ...paths],
      { all: true, reject: false, env },
    )
    return { exitCode, output: all }
  }

/** dcmtk's older client: one context for each syntax that an option names, standard SOP classes only. */
export const storescu = client('storescu', ['-v'])
/** dcmtk's newer client: each file in the syntax that it has, any SOP class. */
export const dcmsend = client('dcmsend', ['-v', '-nuc', '--decompress-never'])

/** Verifies with dcmtk's echoscu. */
export const echoscu = async (
  port: number,
  called: string,
  calling = 'MODALITY',
  options: readonly string[] = [],
): Promise<Pushed> => {
  const { exitCode, all } = await execa(
    'echoscu',
    ['-v', '-aec', called, '-aet', calling, ...options, '127.0.0.1', String(port)],
    { all: true, reject: false, env },
  )
  return { exitCode, output: all }
}

/** A destination: dcmtk's storescp, which keeps the bytes as they come. */
export interface Destination {
  readonly port: number
  readonly aeTitle: string
  /** What has arrived, by SOP Instance UID. */
  received(): Promise<ReadonlyMap<string, DicomFile & { readonly dataset: Buffer }>>
  /** How many files there are, the one that is arriving included. */
  count(): Promise<number>
  stop(): Promise<void>
}

/** Starts a storescp that takes every SOP class and every transfer syntax that dcmtk knows. */
export const startStorescp = async (
  aeTitle: string,
  port?: number,
  options: readonly string[] = [],
): Promise<Destination> => {
  const folder = await mkdtemp(join(tmpdir(), 'raddeploy-destination-'))
  const received = join(folder, 'received')
  await mkdir(received)
  const listening = port ?? (await freePort())
  const child = spawn(
    'storescp',
    ['+B', '-pm', '+xa', ...options, '-aet', aeTitle, '-od', received, String(listening)],
    { stdio: 'ignore', env: { ...process.env, ...env } },
  )
  await answers(listening, child)
  return {
    port: listening,
    aeTitle,
    received: async () => {
      const files = (await readdir(received)).map((name) => readDicomFile(join(received, name)))
      return new Map((await Promise.all(files)).map((file) => [file.sopInstanceUid, file]))
    },
    count: async () => (await readdir(received)).length,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves once a server takes connections. */
const answers = async (port: number, child: ChildProcess): Promise<void> => {
  for (;;) {
    if (child.exitCode !== null) throw new Error('storescp ended at its start')
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
