import pino, { type Logger } from 'pino'

/** The log of a process: JSON lines to a file, or to standard error. Never holds patient data. */
export const createLogger = (options: {
  readonly level: string
  readonly file?: string
  readonly name: string
}): Logger =>
  pino(
    { level: options.level, base: { name: options.name }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: options.file ?? 2, mkdir: true, sync: true }),
  )
