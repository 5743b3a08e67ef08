import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Wanted, datasetOf, makeFile } from './dicomFiles.ts'

/** Instances that differ in their names alone, as files of one folder. */
export interface Copies {
  readonly folder: string
  /** The data sets by SOP Instance UID, in the order of the files. */
  readonly datasets: ReadonlyMap<string, Buffer>
  /** The SOP Instance UID of a file, by the file's name. */
  readonly uids: ReadonlyMap<string, string>
}

/** Makes one instance, and as many of it as are wanted: the digits that tell them apart are those of the UID's end. */
export const makeCopies = async (folder: string, wanted: Wanted, count: number): Promise<Copies> => {
  const made = await makeFile(`${folder}-model`, wanted)
  const [bytes, uid] = [await readFile(made.path), Buffer.from(made.sopInstanceUid)]
  const [datasets, uids] = [new Map<string, Buffer>(), new Map<string, string>()]
  await mkdir(folder, { recursive: true })
  for (let n = 0; n < count; n += 1) {
    const copy = Buffer.from(bytes)
    const digits = String(n).padStart(4, '0')
    const own = made.sopInstanceUid.slice(0, -4) + digits
    for (let at = copy.indexOf(uid); at >= 0; at = copy.indexOf(uid, at + 1)) copy.write(own, at)
    await writeFile(join(folder, `${digits}.dcm`), copy)
    datasets.set(own, datasetOf(copy))
    uids.set(`${digits}.dcm`, own)
  }
  return { folder, datasets, uids }
}
