import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CommanderError } from '@commander-js/extra-typings'
import { RadDeployError, isRadDeployError, messageOf } from '../../core/error/error.ts'
import { type Config, loadConfig } from '../config.ts'
import { jsonOf } from './output.ts'

/** What is said of a failure: one line for people, an object for scripts. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** Where it is written what to do about a code, from the folder of the package. */
const pageOf = (code: string): string => `docs/errors/${code}.md`

const longest = 300

/** A failure as it is said; of a bug only the first line, since the rest is for the log. */
export const failureOf = (error: unknown): Failure => {
  if (isRadDeployError(error)) return { code: error.code, message: error.message, facts: error.facts }
  const line = messageOf(error).trim().split('\n')[0]!
  return { code: 'RD_UNEXPECTED', message: line.slice(0, longest), facts: {} }
}

/** Commander's own errors are a wrong use of the command; undefined where it only printed help. */
export const usageOf = ({ exitCode, code, message }: CommanderError): RadDeployError | undefined =>
  exitCode === 0 || code === 'commander.help'
    ? undefined
    : new RadDeployError('RD_USAGE', `${message.replace(/^error: /, '')} (see raddeploy --help)`, {})

const configured = (): Config | undefined => {
  try {
    return loadConfig()
  } catch {
    return undefined
  }
}

/** Keeps the stack of a bug where its finder can read it. */
const keep = (error: unknown, { home }: Config): string | undefined => {
  const file = join(home, 'logs', 'errors.log')
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  try {
    mkdirSync(dirname(file), { recursive: true })
    appendFileSync(file, `${new Date().toISOString()} ${process.argv.slice(2).join(' ')}\n${stack}\n\n`)
    return file
  } catch {
    return undefined
  }
}

/** Says in one line what went wrong and ends with exit code 1. */
export const fail = (thrown: unknown, json: boolean): never => {
  const error = thrown instanceof CommanderError ? usageOf(thrown) : thrown
  if (error === undefined) process.exit((thrown as CommanderError).exitCode)
  const failure = failureOf(error)
  const config = isRadDeployError(error) ? undefined : configured()
  const file = config && keep(error, config)
  const facts = file ? { ...failure.facts, details: file } : failure.facts
  const { code, message } = failure
  if (json) process.stdout.write(`${jsonOf({ error: { code, message, facts, page: pageOf(code) } })}\n`)
  else process.stderr.write(`raddeploy: ${code}: ${message}${file ? ` (details: ${file})` : ''}\n`)
  if (config && ['debug', 'trace'].includes(config.logLevel) && error instanceof Error)
    process.stderr.write(`${error.stack}\n`)
  process.exit(1)
}
