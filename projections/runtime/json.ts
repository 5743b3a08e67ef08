// Postgres takes neither NUL nor half of a surrogate pair in text; DICOM sends both.
const escapedUnstorable = /\\u0000|\\ud[89a-f]/i
const lone = /\p{Surrogate}/gu

/** JSON that jsonb takes: NUL becomes U+2400, half a surrogate pair U+FFFD. */
export const storableJson = (value: unknown): string => {
  const text = JSON.stringify(value)
  return escapedUnstorable.test(text) ? JSON.stringify(storable(value)) : text
}

const storable = (value: unknown): unknown => {
  if (typeof value === 'string') return value.replaceAll('\0', '\u2400').replace(lone, '\ufffd')
  if (Array.isArray(value)) return value.map(storable)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [storable(name) as string, storable(inner)]),
  )
}
