import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The bytes of test/fixtures/dimse/NAME.hex: hexadecimal digits, an empty line between PDUs, `#` before what they are. */
export const fixture = (name: string): Buffer => {
  const text = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'dimse', `${name}.hex`), 'utf8')
  return Buffer.from(text.replace(/#.*/g, '').replace(/\s/g, ''), 'hex')
}
