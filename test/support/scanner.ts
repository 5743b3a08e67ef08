import { join } from 'node:path'
import { push } from '../../app/demo/push.ts'
import { type Pushed, storescu } from './dcmtk.ts'
import { type DicomFile, makeFile } from './dicomFiles.ts'
import { until } from './until.ts'

/** Studies that nobody else has, pushed as a scanner pushes. */
export interface Scanner {
  /** A new study: the SOP Instance UIDs of its images, and the AE title that sends it. */
  study(): Promise<Study>
}
export interface Study {
  readonly calling: string
  readonly uids: readonly string[]
  /**
   * Sends all of it in one association, and all again where that broke: a bundle is what one association
   * brought. Resolves when one was released and every image in it acknowledged.
   */
  push(): Promise<void>
  /** The same, image by image: tells how many are acknowledged in this association before the next is sent. */
  pushCounting(onStored: (stored: number) => void): Promise<void>
}

let studies = 0

/** A scanner whose studies have so many MR images, and lie below a folder. */
export const scannerOf = (port: number, images: number, folder: string): Scanner => ({
  study: async () => {
    const calling = `SCANNER${(studies += 1)}.${process.pid}`.slice(0, 16)
    const below = join(folder, calling)
    const files: DicomFile[] = []
    for (let n = 0; n < images; n += 1) files.push(await makeFile(below, { kind: 'mr' }))
    let last: Pushed | undefined
    const sent = async (): Promise<boolean> => {
      last = await storescu({ port, calling }, [below], ['+sd', '+sp', '*.dcm', '-xe'])
      return last.exitCode === 0
    }
    return {
      calling,
      uids: files.map(({ sopInstanceUid }) => sopInstanceUid),
      push: async () => {
        await until(sent, () => `an association that does not break (${last?.output})`, 60_000)
      },
      pushCounting: async (onStored) => {
        const peer = { host: '127.0.0.1', port, calledAeTitle: 'RADDEPLOY', callingAeTitle: calling }
        const paths = files.map(({ path }) => path)
        await push(paths, peer, onStored)
      },
    }
  },
})
