const small = (value: unknown): value is string | number | boolean =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && value !== '' && value.length <= 60)

/** What matters of an event in one line: not its ids, nor what is long, nor what the line says elsewhere. */
export const factsOf = (_type: string, payload: unknown): string => {
  if (payload === null || typeof payload !== 'object') return ''
  return Object.entries(payload)
    .flatMap(([name, value]) => {
      if (/(Id|Uid|Hash|Ids|Key)$/.test(name) && name !== 'workerId') return []
      if (small(value)) return [`${name}=${value}`]
      if (value === null || typeof value !== 'object') return []
      if (Array.isArray(value)) return value.length === 0 ? [] : [`${name}=${value.length}`]
      if ('aeTitle' in value && 'host' in value)
        return [
          `${name}=${String(value.aeTitle)}@${String(value.host)}${'port' in value ? `:${String(value.port)}` : ''}`,
        ]
      if ('files' in value && 'bytes' in value) return [`${name}=${String(value.files)} files`]
      return []
    })
    .join(' ')
}
