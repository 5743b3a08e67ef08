import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort } from '../../infra/embedded/ports.ts'
import { type Listening, listening } from './listening.ts'

/** Starts Debian's Orthanc on free ports, all that it keeps below a folder; `settings` are those of its own. */
export const launchOrthanc = async (
  folder: string,
  aeTitle: string,
  settings: object = {},
): Promise<Listening & { readonly httpPort: number }> => {
  await mkdir(folder, { recursive: true })
  const [port, httpPort] = [await freePort(), await freePort()]
  const file = join(folder, 'orthanc.json')
  const all = {
    Name: aeTitle,
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'storage'),
    Plugins: [],
    DicomAet: aeTitle,
    DicomPort: port,
    HttpPort: httpPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    ...settings,
  }
  await writeFile(file, JSON.stringify(all))
  // It answers DICOM before it answers HTTP.
  const running = await listening(httpPort, ['Orthanc', file], { TCP_NODELAY: '1' })
  return { ...running, port, httpPort }
}

/** Who gave Orthanc an instance, by which of its ways in. */
const receivedBy = z.object({ Origin: z.string(), RemoteAET: z.string().optional() })
const uploaded = z.object({ ID: z.string(), Status: z.string() })
const sent = z.object({ InstancesCount: z.number(), FailedInstancesCount: z.number() })

/** A PACS of somebody else's, told what to do by its REST API, with one modality that it knows. */
export interface Orthanc {
  readonly port: number
  readonly aeTitle: string
  /** Puts a file in; gives its id there. */
  upload(file: Buffer): Promise<string>
  /** Sends instances to the modality, in as many associations as it likes. */
  send(ids: readonly string[]): Promise<z.output<typeof sent>>
  /** Whether the modality answers C-ECHO. */
  echo(): Promise<boolean>
  file(id: string): Promise<Buffer>
  receivedBy(id: string): Promise<z.output<typeof receivedBy>>
  stop(): Promise<void>
}

/** Starts an Orthanc that knows a modality, and that takes what it has already in place of it. */
export const startOrthanc = async (
  aeTitle: string,
  modality: { readonly aeTitle: string; readonly port: number },
): Promise<Orthanc> => {
  const folder = await mkdtemp(join(tmpdir(), 'rd-orthanc-'))
  const peer = [modality.aeTitle, '127.0.0.1', modality.port]
  const running = await launchOrthanc(folder, aeTitle, {
    DicomModalities: { modality: peer },
    UnknownSopClassAccepted: true,
    OverwriteInstances: true,
  })
  const ask = async (path: string, body?: Buffer | string): Promise<Response> => {
    const request = body === undefined ? {} : { method: 'POST', body: new Uint8Array(Buffer.from(body)) }
    const response = await fetch(`http://127.0.0.1:${running.httpPort}${path}`, request)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response
  }
  return {
    port: running.port,
    aeTitle,
    upload: async (file) => uploaded.parse(await (await ask('/instances', file)).json()).ID,
    send: async (ids) => {
      const job = JSON.stringify({ Resources: ids, Synchronous: true })
      return sent.parse(await (await ask('/modalities/modality/store', job)).json())
    },
    echo: () =>
      ask('/modalities/modality/echo', '{}').then(
        () => true,
        () => false,
      ),
    file: async (id) => Buffer.from(await (await ask(`/instances/${id}/file`)).arrayBuffer()),
    receivedBy: async (id) => receivedBy.parse(await (await ask(`/instances/${id}/metadata?expand`)).json()),
    stop: async () => {
      await running.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
