import { Readable } from 'node:stream'
import { type InstanceResult } from '../../infra/dimse/sender/instance.ts'
import { sendInstances } from '../../infra/dimse/sender/send.ts'
import { type Client } from './dcmtk.ts'
import { readDicomFile } from './dicomFiles.ts'

/** An instance as a modality would send it: names in the command, bytes as the data set. */
export interface Outgoing {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntaxUid: string
  readonly dataset: Buffer
}

/** Sends data sets as they are, whatever they are, in one association with a context for each syntax. */
export const push = (
  to: { readonly port: number; readonly called?: string; readonly calling?: string },
  outgoing: readonly Outgoing[],
): Promise<readonly InstanceResult[]> =>
  sendInstances({
    host: '127.0.0.1',
    port: to.port,
    calledAeTitle: to.called ?? 'RADDEPLOY',
    callingAeTitle: to.calling ?? 'MODALITY',
    instances: outgoing.map(({ dataset, ...names }, index) => ({
      id: String(index),
      ...names,
      size: dataset.length,
      open: () => Promise.resolve(Readable.from([dataset])),
    })),
  })

/** A client that changes nothing: its wire carries each file's own bytes. */
export const faithful: Client = async (to, paths) => {
  const files: Outgoing[] = []
  for (const path of paths) files.push(await readDicomFile(path))
  const results = await push(to, files)
  const failed = results.filter(({ outcome }) => outcome !== 'success')
  return { exitCode: failed.length, output: JSON.stringify(failed) }
}
