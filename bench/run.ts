/** `npm run bench [-- PART…] [-- --json]`: measures all parts, or those named, and prints what came out. */
import { type Figure, table } from './figure.ts'
import { parts } from './parts.ts'

const args = process.argv.slice(2)
const wanted = args.filter((arg) => !arg.startsWith('--'))
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  process.stderr.write(`bench: no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}\n`)
  process.exit(2)
}

const figures: Figure[] = []
for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
  const say = (text: string): void => void process.stderr.write(`bench: ${name}: ${text}\n`)
  figures.push(...(await (await parts[name]!())(say)))
}
process.stdout.write(`${args.includes('--json') ? JSON.stringify(figures, null, 2) : table(figures)}\n`)
process.exit(0)
