import { failure } from './failure.ts'

/**
 * Splits a command line as docker-py does (Python's shlex.split, POSIX rules): quotes group, a backslash
 * takes the next character as it is, inside double quotes only before `"` and `\`.
 */
export const words = (line: string): readonly string[] => {
  const found: string[] = []
  let word: string | undefined
  let quote: '"' | "'" | undefined
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at]!
    const next = line[at + 1]
    if (quote) {
      if (letter === quote) quote = undefined
      else if (letter === '\\' && quote === '"' && (next === '"' || next === '\\')) {
        word += next
        at += 1
      } else word += letter
    } else if (letter === '"' || letter === "'") {
      quote = letter
      word ??= ''
    } else if (letter === '\\') {
      if (next === undefined) throw failure('image', 'the command ends with a backslash; correct the flow')
      word = (word ?? '') + next
      at += 1
    } else if (/\s/.test(letter)) {
      if (word !== undefined) found.push(word)
      word = undefined
    } else word = (word ?? '') + letter
  }
  if (quote) throw failure('image', `the command has a ${quote} that is not closed; correct the flow`)
  return word === undefined ? found : [...found, word]
}

const units = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

/** Bytes of a size as docker-py takes it: a number of bytes, or `512m`, `1.5g`, `2gb`. */
export const bytesOf = (size: number | string): number => {
  if (typeof size === 'number') return Math.trunc(size)
  const match = /^(\d+(?:\.\d*)?)([bkmgt]?)b?$/i.exec(size.trim())
  if (!match) throw failure('image', `"${size}" is not a size like 512m or 4g; correct the flow`)
  return Math.trunc(Number(match[1]) * units[(match[2]!.toLowerCase() || 'b') as keyof typeof units])
}
