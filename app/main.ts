import { fail } from './cli/failure.ts'
import { program } from './commands.ts'

const wantsJson = process.argv.includes('--json')

// Whoever reads our output may leave before its end (| head), and a terminal may be closed.
process.stdout.on('error', () => process.exit())
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => fail(error, wantsJson))

program.parseAsync().catch((error: unknown) => fail(error, wantsJson))
