/** Edits (insert, delete, replace, swap of neighbours) between two words. */
const distance = (a: string, b: string): number => {
  let [before, row] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let edits = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, before[j - 2]! + 1)
      next.push(edits)
    }
    ;[before, row] = [row, next]
  }
  return row[b.length]!
}

const isPart = (a: string, b: string): boolean =>
  Math.min(a.length, b.length) > 3 && (a.startsWith(b) || b.startsWith(a))

/** The known word that `word` was most likely meant to be; undefined where none is near. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  const plain = word.toLowerCase()
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let fewest = limit
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > fewest) continue
    const edits = distance(plain, candidate.toLowerCase())
    // Of two that are as near, the one that goes on as the word begins: "cpu" was meant to be "cpus", not "gpu".
    const isBetter = edits < fewest || best === undefined || candidate.toLowerCase().startsWith(plain)
    if (edits <= fewest && isBetter) [best, fewest] = [candidate, edits]
  }
  return best ?? known.find((candidate) => isPart(candidate.toLowerCase(), plain))
}
