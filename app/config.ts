import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, hostname, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import { type SecretOf } from '../core/delivery/secret.ts'
import { RadDeployError, messageOf } from '../core/error/error.ts'
import { type Endpoints, endpointsSchema } from '../infra/embedded/endpoints.ts'
import { defaultBackoff } from '../processors/scu/backoff.ts'
import { workerConfigSchema, workerId } from '../processors/worker/config.ts'
import { dropSectionSchema } from '../producers/drop/config.ts'
import { aeTitle } from '../producers/intake/aeTitle.ts'
import { scpSectionSchema } from '../producers/scp/config.ts'
import { stowSectionSchema } from '../producers/stow/config.ts'

const port = z.coerce.number().int().min(0).max(65535)

/** The configuration: raddeploy.yaml, then the environment (RADDEPLOY_…), read once. */
export const configSchema = z
  .object({
    /** Folder of everything we write: data of the embedded servers, logs, secrets. */
    home: z.string(),
    /** Folder of what was downloaded or built; shared by several homes where wanted. */
    cache: z.string().optional(),
    logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
    /** Name of this host's instances; must be the same after a restart. */
    instance: z.string().min(1).default(hostname()),
    /** Servers of one's own; without it the embedded ones are started. */
    servers: endpointsSchema.optional(),
    /** Folder of ca.pem, cert.pem and key.pem, by which an engine over TCP is spoken to by TLS. */
    dockerCertificates: z.string().min(1).optional(),
    /** Copies of each new topic; by default three, or as many as there are brokers. */
    replicationFactor: z.number().int().min(1).optional(),
    ports: z.record(z.string(), port).default({}),
    /** What arrives by DICOM, and who may send it: all keys of producers/scp/config.ts (docs/scp.md). */
    scp: scpSectionSchema.prefault({}),
    /** STOW-RS, and who may send by it: all keys of producers/stow/config.ts (docs/ways-in.md); needs a port. */
    stow: stowSectionSchema.optional(),
    /** A folder whose files are taken: all keys of producers/drop/config.ts (docs/ways-in.md). */
    drop: dropSectionSchema.transform((drop) => ({ ...drop, folder: resolve(drop.folder) })).optional(),
    scu: z
      .strictObject({
        aeTitle: aeTitle.default('RADDEPLOY'),
        /** Folders below which flows may have results written (destinations of the kind folder); none by default. */
        folders: z.array(z.string().startsWith('/', 'is an absolute path')).default([]),
        /** One file for each secret of destinations, under its name; by default secrets/delivery in `home`. */
        secretsFolder: z.string().min(1).optional(),
        /** Pauses between attempts: the first, twice as long each time up to the longest; then we give up. */
        backoff: z
          .strictObject({
            firstSeconds: z
              .number()
              .positive()
              .default(defaultBackoff.firstMs / 1000),
            longestSeconds: z
              .number()
              .positive()
              .default(defaultBackoff.longestMs / 1000),
            giveUpAfterHours: z
              .number()
              .positive()
              .default(defaultBackoff.deadlineMs / 3_600_000),
          })
          .prefault({}),
      })
      .prefault({}),
    /** What the worker offers and the bounds of its containers: all keys of processors/worker/config.ts but these. */
    worker: workerConfigSchema
      .omit({ workerId: true, installation: true, leaseMs: true })
      .extend({
        /** Its id, the same after a restart; by default the instance. Each worker of a host has its own. */
        id: workerId.optional(),
        /** By default as many as it has whole CPUs (cpus), else as many as this process may use. */
        slots: z.coerce.number().pipe(workerConfigSchema.shape.slots.unwrap()).optional(),
        leaseSeconds: z.number().min(5).default(30),
      })
      .strict()
      .prefault({}),
    /**
     * The folder whose flow files are applied, at the start and on each change; false for none. By default `flows` in
     * the working folder, where that is there.
     */
    flows: z
      .union([z.literal(false), z.strictObject({ folder: z.union([z.literal(false), z.string()]) })], {
        error: 'is false, or a map with folder',
      })
      .transform((value) => ({ folder: value && value.folder ? resolve(value.folder) : undefined }))
      .prefault(() => ({ folder: existsSync('flows') && 'flows' })),
    /** Who applies flows and gives commands, for the record. */
    user: z.string().default(() => userInfo().username),
  })
  .strict()
export type Config = z.infer<typeof configSchema>

/** The id of the worker that this process runs: several on one host have one each. */
export const workerIdOf = ({ worker, instance }: Pick<Config, 'worker' | 'instance'>): string =>
  worker.id ?? instance

/** The folder of the package: where flows/ and package.json lie, also when run from dist/. */
export const packageRoot = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

/** What a configuration file says; RD_CONFIG_INVALID with line and column where it cannot be read. */
const readConfig = (file: string): object => {
  try {
    const written: unknown = parse(readFileSync(file, 'utf8')) ?? {}
    if (typeof written !== 'object' || written === null || Array.isArray(written))
      throw new Error('it has no keys')
    return written
  } catch (error) {
    const [why] = messageOf(error).split('\n') as [string]
    throw new RadDeployError('RD_CONFIG_INVALID', `${file}: ${why.replace(/:$/, '')}`, { file }, error)
  }
}

/** An empty text stands for no folder. */
const flowsIn = (folder: string | undefined): object | undefined =>
  folder === undefined ? undefined : { folder }

/** TLS as the docker command has it: certificates in DOCKER_CERT_PATH, or with DOCKER_TLS_VERIFY in ~/.docker. */
const certificatesOf = (environment: NodeJS.ProcessEnv): string | undefined =>
  environment['DOCKER_CERT_PATH'] ||
  (environment['DOCKER_TLS_VERIFY'] ? join(homedir(), '.docker') : undefined)

/** Reads the configuration; RD_CONFIG_INVALID names each key that is wrong. */
export const loadConfig = (environment: NodeJS.ProcessEnv = process.env): Config => {
  const file = environment['RADDEPLOY_CONFIG'] ?? join(process.cwd(), 'raddeploy.yaml')
  if (environment['RADDEPLOY_CONFIG'] && !existsSync(file))
    throw new RadDeployError('RD_CONFIG_INVALID', `there is no configuration file ${file}`, { file })
  const from: { scp?: object; worker?: object; home?: string } = existsSync(file) ? readConfig(file) : {}
  const set = <T extends object>(values: T): T =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
  const merged = {
    ...from,
    ...set({
      cache: environment['RADDEPLOY_CACHE'],
      logLevel: environment['RADDEPLOY_LOG_LEVEL'],
      flows: flowsIn(environment['RADDEPLOY_FLOWS']),
      instance: environment['RADDEPLOY_INSTANCE'],
      dockerCertificates: certificatesOf(environment),
      user: environment['RADDEPLOY_USER'] ?? environment['SUDO_USER'] ?? environment['USER'],
    }),
    home: resolve(environment['RADDEPLOY_HOME'] ?? from.home ?? join(packageRoot(), '.raddeploy')),
    scp: {
      ...from.scp,
      ...set({ port: environment['RADDEPLOY_SCP_PORT'], aeTitle: environment['RADDEPLOY_SCP_AE_TITLE'] }),
    },
    worker: {
      ...from.worker,
      ...set({
        slots: environment['RADDEPLOY_WORKER_SLOTS'],
        dockerConfig: environment['DOCKER_CONFIG'] || undefined,
      }),
    },
  }
  const read = configSchema.safeParse(merged)
  if (!read.success)
    throw new RadDeployError(
      'RD_CONFIG_INVALID',
      read.error.issues
        .map(({ path, message }) => `${path.join('.') || 'configuration'}: ${message}`)
        .join('; '),
      { file },
    )
  return read.data
}

const endpointsFile = (config: Config): string => join(config.home, 'endpoints.json')

/** Remembers where the embedded servers answer, for the other processes of this installation. */
export const saveEndpoints = (config: Config, endpoints: Endpoints): void => {
  mkdirSync(config.home, { recursive: true })
  writeFileSync(endpointsFile(config), JSON.stringify(endpoints, null, 2), { mode: 0o600 })
}

/** Forgets them when they are stopped, so that a command can say at once that nothing runs. */
export const forgetEndpoints = (config: Config): void => rmSync(endpointsFile(config), { force: true })

/** Where the servers answer: one's own, or the embedded ones as last started. */
export const findEndpoints = (config: Config): Endpoints => {
  if (config.servers) return config.servers
  if (!existsSync(endpointsFile(config)))
    throw new RadDeployError('RD_STACK_NOT_RUNNING', 'nothing is running here; start it with: raddeploy up', {
      home: config.home,
    })
  return endpointsSchema.parse(JSON.parse(readFileSync(endpointsFile(config), 'utf8')))
}

const scpFile = (config: Config): string => join(config.home, 'scp.json')

/** Remembers the port on which the SCP listens. */
export const saveScpPort = (config: Config, listens: number): void => {
  mkdirSync(config.home, { recursive: true })
  writeFileSync(scpFile(config), JSON.stringify({ port: listens }))
}

/** The port of the SCP: as configured, else as it listened last. */
export const scpPort = (config: Config): number | undefined => {
  if (config.scp.port !== undefined) return config.scp.port
  if (!existsSync(scpFile(config))) return undefined
  return z.object({ port }).parse(JSON.parse(readFileSync(scpFile(config), 'utf8'))).port
}

/** The key of the patients' pseudonyms: made once, kept in the home folder, never on the log. */
export const pseudonymKey = (config: Config): Buffer => {
  const file = join(config.home, 'secrets', 'pseudonym.key')
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    try {
      writeFileSync(file, randomBytes(32), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  return readFileSync(file)
}

/**
 * Gives the secrets that flow files name: RADDEPLOY_SECRET_<NAME> of the environment, else the file of that name.
 * Read each time, so that one which is changed needs no restart.
 */
export const secretsOf =
  ({ home, scu }: Pick<Config, 'home' | 'scu'>, environment: NodeJS.ProcessEnv = process.env): SecretOf =>
  (name) => {
    const variable = `RADDEPLOY_SECRET_${name}`
    const given = environment[variable]
    if (given !== undefined) return given
    const folder = scu.secretsFolder ?? join(home, 'secrets', 'delivery')
    try {
      return readFileSync(join(folder, name), 'utf8').replace(/\r?\n$/, '')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const why = code === 'ENOENT' ? `neither ${variable} nor a file in ${folder}` : `its file: ${code}`
      throw new RadDeployError('RD_CONFIG_INVALID', `there is no secret ${name}: ${why}`, { secret: name })
    }
  }
