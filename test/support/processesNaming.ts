import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Every process but this one that has a text in its command line or its environment, as `pid command line`. */
export const processesNaming = async (text: string): Promise<string[]> => {
  const found: string[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    const part = (file: string): Promise<string> =>
      readFile(join('/proc', name, file), 'utf8').catch(() => '')
    const [line, environment] = [await part('cmdline'), await part('environ')]
    if (`${line}${environment}`.includes(text))
      found.push(`${name} ${line.replaceAll('\0', ' ').slice(0, 200)}`)
  }
  return found
}
