import { type Attributes } from '../dicom/attributes.ts'

/** A file of the run's input. */
export interface InputFile {
  readonly sopInstanceUid: string
  readonly attributes: Attributes
}

/** In bytes of UTF-8; file systems allow 255. */
const longestName = 120

/** Text as the name of a file or folder: no separators, no control characters, never `.` or `..`. */
const fileName = (text: string): string => {
  const chars = [
    ...text
      .normalize('NFC')
      .replaceAll(/[\p{C}/\\:*?"<>|]/gu, '_')
      .trim(),
  ]
  while (Buffer.byteLength(chars.join('')) > longestName) chars.pop()
  const name = chars.join('')
  return /^\.*$/.test(name) ? '_' : name
}

/** Sub-folder for one entry of `tar_subdir`: the value of that keyword, or, as in RadDeploy, the entry itself. */
const folderName = (entry: string, attributes: Attributes): string =>
  fileName((Object.hasOwn(attributes, entry) && attributes[entry]) || entry)

const folderOf = (tarSubdir: readonly string[], attributes: Attributes): string =>
  tarSubdir.map((entry) => `${folderName(entry, attributes)}/`).join('')

/**
 * Relative path of each file inside the mount `src`, in the order given: `<SOPInstanceUID>.dcm`, in a
 * sub-folder for each entry of `tar_subdir`. No path leaves the mount and no two are equal; a second file of
 * one instance becomes `<SOPInstanceUID>-2.dcm`.
 */
export const inputPaths = (tarSubdir: readonly string[], files: readonly InputFile[]): readonly string[] => {
  const taken = new Set<string>()
  return files.map(({ sopInstanceUid, attributes }) => {
    const stem = `${folderOf(tarSubdir, attributes)}${fileName(sopInstanceUid)}`
    let path = `${stem}.dcm`
    for (let copy = 2; taken.has(path); copy++) path = `${stem}-${copy}.dcm`
    taken.add(path)
    return path
  })
}

/** Which of the instances of one bundle a run takes: of two that have one UID and one content, the first. */
export const distinct = <T>(
  files: readonly T[],
  identityOf: (file: T) => { readonly sopInstanceUid: string; readonly content: string | undefined },
): readonly T[] => {
  const seen = new Set<string>()
  return files.filter((file) => {
    const { sopInstanceUid, content } = identityOf(file)
    if (content === undefined) return true
    const identity = `${sopInstanceUid} ${content}`
    return !seen.has(identity) && seen.add(identity)
  })
}

/** The SOP instance UID that a path of `inputPaths` says. */
export const sopInstanceUidIn = (path: string): string =>
  path.slice(path.lastIndexOf('/') + 1).replace(/(-\d+)?\.dcm$/, '')
