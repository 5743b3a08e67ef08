/**
 * Splits a command line into words as a POSIX shell does, without expanding anything: docker-py did so with
 * the commands of RadDeploy's flow files (Python: shlex.split).
 * @returns undefined where a quotation mark is not closed or a `\` ends the text.
 */
export const splitCommand = (line: string): string[] | undefined => {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char === "'") {
      const end = line.indexOf("'", at + 1)
      if (end < 0) return undefined
      word = (word ?? '') + line.slice(at + 1, end)
      at = end
    } else if (char === '"') {
      const quoted = /^"((?:[^"\\]|\\[^])*)"/.exec(line.slice(at))
      if (quoted === null) return undefined
      word = (word ?? '') + quoted[1]!.replaceAll(/\\(["\\])/g, '$1')
      at += quoted[0].length - 1
    } else if (char === '\\') {
      if (at + 1 >= line.length) return undefined
      word = (word ?? '') + line[++at]!
    } else word = (word ?? '') + char
  }
  if (word !== undefined) words.push(word)
  return words
}
