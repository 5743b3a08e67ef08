// Installs the servers in a process of its own and prints in one line what came of it.
import { pino } from 'pino'
import { isRadDeployError, messageOf } from '../../../core/error/error.ts'
import { installStack } from '../../../infra/embedded/stack.ts'

const [folder] = process.argv.slice(2) as [string]
const logger = pino({ level: 'silent' })
const outcome = await installStack({
  dataDir: folder,
  cacheDir: folder,
  logger,
  progress: () => undefined,
}).then(
  () => 'installed',
  (error: unknown) => `${isRadDeployError(error) ? error.code : 'a bug'}: ${messageOf(error)}`,
)
process.stdout.write(`${outcome}\n`)
