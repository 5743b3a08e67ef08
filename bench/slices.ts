import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFile, newUid } from '../test/support/dicomFiles.ts'

/** What a scanner says of a slice beside what makeFile writes: about as many elements as a real CT has. */
const more = [
  '(0008,0008) CS [ORIGINAL\\PRIMARY\\AXIAL]',
  '(0008,0070) LO [NOBODY]',
  '(0018,0050) DS [3.0]',
  '(0018,0060) DS [120]',
  '(0020,0032) DS [-250\\-250\\12.5]',
  '(0020,0037) DS [1\\0\\0\\0\\1\\0]',
  '(0028,0030) DS [0.9765625\\0.9765625]',
  '(0028,1050) DS [40]',
  '(0028,1051) DS [400]',
  '(0028,1052) DS [-1024]',
  '(0028,1053) DS [1]',
  ...Array.from(
    { length: 60 },
    (_, n) => `(0021,10${(n + 16).toString(16).padStart(2, '0')}) LO [a value of its scanner, number ${n}]`,
  ),
  '(0021,0010) LO [SCANNER]',
]

/**
 * Writes CT slices of 512 x 512 (0.53 MB) to a folder, each under a UID of its own. Only the first is made; the
 * others have its bytes with another SOP Instance UID.
 */
export const makeSlices = async (folder: string, count: number, side = 512): Promise<string> => {
  await mkdir(folder, { recursive: true })
  const studyUid = newUid()
  const made = await makeFile(join(folder, '..', 'made'), { kind: 'ct', side, studyUid, more })
  const bytes = await readFile(made.path)
  const old = Buffer.from(made.sopInstanceUid, 'latin1')
  const places: number[] = []
  for (let at = bytes.indexOf(old); at >= 0; at = bytes.indexOf(old, at + 1)) places.push(at)
  for (let n = 0; n < count; n += 1) {
    const uid = `${made.sopInstanceUid.slice(0, -6)}${String(n).padStart(6, '0')}`
    for (const at of places) bytes.write(uid, at, 'latin1')
    await writeFile(join(folder, `${String(n).padStart(6, '0')}.dcm`), bytes)
  }
  return folder
}
