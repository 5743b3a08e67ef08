import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A random word of this installation, made once and kept where only its user can read it. */
export const secret = async (dataDir: string, name: string): Promise<string> => {
  const file = join(dataDir, 'secrets', name)
  if (!existsSync(file)) {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(file, randomBytes(18).toString('hex'), { mode: 0o600 })
  }
  return readFile(file, 'utf8')
}
