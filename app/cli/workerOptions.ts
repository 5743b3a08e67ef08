import { InvalidArgumentError } from '@commander-js/extra-typings'
import { z } from 'zod'
import { RadDeployError } from '../../core/error/error.ts'
import { dockerHost } from '../../infra/embedded/endpoints.ts'
import { workerConfigSchema, workerId } from '../../processors/worker/config.ts'
import { type Config } from '../config.ts'

/** What `run worker` may be told beside its configuration. */
export interface WorkerOptions {
  readonly id?: string
  readonly slots?: number
  readonly cpus?: number
  readonly memory?: number
  readonly gpus?: Config['worker']['gpus']
  readonly labels?: string[]
  readonly dockerHost?: string
}

/** Reads the value of an option as the configuration would; says what it must be where it is not. */
const as =
  <T>(schema: z.ZodType<T>, split: (text: string) => unknown = (text) => text) =>
  (text: string): T => {
    const read = schema.safeParse(split(text))
    if (read.success) return read.data
    const [reason] = read.error.issues.map(({ message }) => message.replace(/^is /, 'must be '))
    throw new InvalidArgumentError(`It ${reason}.`)
  }

const list = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

const { memory, gpus, labels } = workerConfigSchema.shape

/** The value of each option, from its text. */
export const read = {
  id: as(workerId),
  slots: as(
    z
      .string()
      .regex(/^[1-9]\d{0,3}$/, { error: 'is a whole number from 1 on' })
      .transform(Number),
  ),
  cpus: as(
    z
      .string()
      .regex(/^(?=.*[1-9])\d{1,4}(\.\d{1,3})?$/, { error: 'is a number of CPUs: 8, 0.5' })
      .transform(Number),
  ),
  memory: as(memory.unwrap()),
  gpus: as(gpus.unwrap(), list),
  labels: as(labels.unwrap(), list),
  dockerHost: as(dockerHost),
} as const

/** The configuration with what the options say in its place. */
export const withWorkerOptions = (config: Config, { dockerHost: _, ...said }: WorkerOptions): Config => ({
  ...config,
  worker: { ...config.worker, ...said },
})

/** RD_USAGE where a service other than the worker is given an option of the worker. */
export const refuseWorkerOptions = (service: string, options: WorkerOptions): void => {
  const given = Object.keys(options).map(
    (name) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
  )
  if (service === 'worker' || given.length === 0) return
  throw new RadDeployError(
    'RD_USAGE',
    `${given.join(', ')}: only \`raddeploy run worker\` takes that, not ${service}`,
    { service, options: given },
  )
}
