import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parsePart10 } from '../../core/dicom/part10.ts'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { statusText } from '../../core/dicom/status.ts'
import { type Instance, type InstanceResult, sendInstances } from '../../infra/dimse/sender/send.ts'
import { loadConfig } from '../config.ts'
import { print } from './output.ts'
import { parseStow, sendByStow, tokenIn } from './sendByStow.ts'
import { scpEndpoint } from './status.ts'

/** An AE as people write it: AE@HOST:PORT. RD_USAGE where it is not. */
export const parseAe = (text: string): { calledAeTitle: string; host: string; port: number } => {
  const [, calledAeTitle, host, port] = /^([^@\\]{1,16})@(.+):(\d{1,5})$/.exec(text) ?? []
  if (!calledAeTitle || !host || !(Number(port) >= 1 && Number(port) <= 65_535))
    throw new RadDeployError('RD_USAGE', `"${text}" is not AE@HOST:PORT`, { text })
  return { calledAeTitle, host, port: Number(port) }
}

/** A DICOM file as an instance to send; RD_DICOM_UNREADABLE where it is none. */
export const instanceOf = async (path: string): Promise<Instance> => {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16 * 1024), 0, 16 * 1024, 0)
    const { datasetOffset: start, ...names } = parsePart10(buffer.subarray(0, bytesRead))
    const { size } = await file.stat()
    return {
      id: path,
      ...names,
      size: size - start,
      open: () => Promise.resolve(createReadStream(path, { start })),
    }
  } finally {
    await file.close()
  }
}

/** Every file of a folder and its sub-folders, or the file itself. */
export const filesOf = async (path: string): Promise<readonly string[]> => {
  const found = await stat(path).catch((error: unknown) => {
    throw new RadDeployError('RD_NOT_FOUND', `there is no file or folder ${path}`, { path }, error)
  })
  if (!found.isDirectory()) return [path]
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** How files are sent. */
export interface SendOptions {
  readonly to?: string
  readonly calling?: string
  readonly stow?: string
  readonly tokenFile?: string
  readonly json?: true
}
interface Way {
  /** Where to, for people. */
  readonly to: string
  send(instances: readonly Instance[]): Promise<readonly InstanceResult[]>
}

/** By C-STORE to our own SCP where nothing else is said. RD_USAGE where what is said does not go together. */
const wayOf = async ({ to, calling, stow, tokenFile }: SendOptions): Promise<Way> => {
  const refuse = (why: string): never => {
    throw new RadDeployError('RD_USAGE', why)
  }
  if (stow !== undefined) {
    if (to !== undefined) refuse('either --to or --stow says where to')
    if (calling !== undefined) refuse('--calling is for C-STORE: by STOW-RS the token says who sends')
    const [url, token] = [parseStow(stow), await tokenIn(tokenFile)]
    return { to: url, send: (instances) => sendByStow(url, token, instances) }
  }
  if (tokenFile !== undefined) refuse('--token-file is for --stow')
  const peer = to === undefined ? ourScp() : parseAe(to)
  return {
    to: `${peer.calledAeTitle}@${peer.host}:${peer.port}`,
    send: (instances) => sendInstances({ ...peer, callingAeTitle: calling ?? 'RADDEPLOY', instances }),
  }
}

const ourScp = (): ReturnType<typeof parseAe> => {
  const { aeTitle: calledAeTitle, host, port } = scpEndpoint(loadConfig())
  return { calledAeTitle, host, port }
}

/** Sends files and says what became of each; exit code 1 unless all were acknowledged. */
export const send = async (dir: string, options: SendOptions): Promise<void> => {
  const { json } = options
  const way = await wayOf(options)
  const instances: Instance[] = []
  const results: InstanceResult[] = []
  for (const path of await filesOf(dir))
    await instanceOf(path).then(
      (instance) => instances.push(instance),
      (error: unknown) =>
        results.push({
          id: path,
          sopInstanceUid: '',
          outcome: 'failure',
          status: null,
          comment: messageOf(error),
        }),
    )
  if (instances.length === 0)
    throw new RadDeployError('RD_NOT_FOUND', `there is no DICOM file in ${dir}`, { dir })
  results.push(...(await way.send(instances)))
  const bad = results.filter(({ outcome }) => outcome === 'failure' || outcome === 'notAttempted')
  print(json, { sent: results.length - bad.length, failed: bad.length, results }, () =>
    [
      ...bad.map(
        ({ id, outcome, status, comment }) =>
          `${id}: ${outcome}${status === null ? '' : ` ${statusText(status)}`}: ${comment ?? ''}`,
      ),
      `${results.length - bad.length} of ${results.length} files were acknowledged by ${way.to}`,
    ].join('\n'),
  )
  if (bad.length > 0) process.exitCode = 1
}
