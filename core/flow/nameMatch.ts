/**
 * True when a name is what a pattern says: `*` stands for any part of it, also none; all else for itself. Takes
 * time in proportion to the lengths, whatever the pattern.
 */
export const nameMatches = (pattern: string, name: string): boolean => {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined) return pattern === name
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
    return false
  const end = name.length - last.length
  let at = first.length
  for (const part of others) {
    const found = name.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** True when one of the patterns fits; null stands for all names. */
export const isNamedBy = (patterns: readonly string[] | null, name: string): boolean =>
  patterns === null || patterns.some((pattern) => nameMatches(pattern, name))
