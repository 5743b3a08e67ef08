// Starts a stack in a process of its own, says `up`, and stays until it is killed.
import { pino } from 'pino'
import { startStack } from '../../../infra/embedded/stack.ts'

const [dataDir, cacheDir] = process.argv.slice(2) as [string, string]
const logger = pino({ level: 'silent' })
await startStack({ dataDir, cacheDir, logger, progress: () => undefined })
process.stdout.write('up\n')
setInterval(() => undefined, 60_000)
