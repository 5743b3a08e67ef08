/**
 * Text as Python writes it. RadDeploy searched what `str(value)` gives, so the expressions in its flow
 * files are written for quotes, brackets and floats in Python's form.
 */

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

const quoteFor = (text: string): string => (text.includes("'") && !text.includes('"') ? '"' : "'")

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')

/** `repr(str)`: quoted; what cannot be printed is escaped (Python: str.isprintable). */
export const pythonString = (text: string): string => {
  const quote = quoteFor(text)
  const inner = [...text].map((char) => {
    if (char === quote) return `\\${char}`
    if (escapes[char] !== undefined) return escapes[char]
    if (char === ' ' || !/[\p{C}\p{Z}]/u.test(char)) return char
    const code = char.codePointAt(0)!
    if (code <= 0xff) return `\\x${hex(code, 2)}`
    return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
  })
  return `${quote}${inner.join('')}${quote}`
}

/** `repr(bytes)`: printable ASCII as it is, all else as `\x00`. */
export const pythonBytes = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes).toString('latin1')
  const quote = quoteFor(text)
  const inner = text.replaceAll(/[^ -~]|\\|['"]/g, (char) => {
    if (char === quote) return `\\${char}`
    if (char === "'" || char === '"') return char
    return escapes[char] ?? `\\x${hex(char.charCodeAt(0), 2)}`
  })
  return `b${quote}${inner}${quote}`
}

/** `repr(float)`: shortest digits that read back, an exponent below 1e-4 and from 1e16 on. */
export const pythonFloat = (value: number): string => {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string]
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? '-' : '+'
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const digits = mantissa.replace(/[-.]/g, '')
  const sign = value < 0 ? '-' : ''
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}
