import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureMaven } from './java.ts'
import { type Server, startServer } from './server.ts'
import { type Setup, execute, once } from './setup.ts'

const version = '3.0.9'
const artifact = `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`
const home = (setup: Setup): string => join(setup.cacheDir, `apicurio-${version}`)

/** Brings Apicurio Registry. */
export const installRegistry = (setup: Setup): Promise<void> =>
  once(setup, { stamp: `apicurio-${version}`, product: home(setup) }, async () => {
    await ensureMaven(setup)
    setup.progress('schema registry', 'bringing 109 MB')
    await mkdir(home(setup), { recursive: true })
    // Later versions of the plugin insist on the parent's descriptor, which not every mirror has.
    const get = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:get'
    const archive = join(home(setup), 'registry.tar.gz')
    const args = ['-q', '-B', get, `-Dartifact=${artifact}`, '-Dtransitive=false', `-Ddest=${archive}`]
    await execute('bringing the registry', 'mvn', args)
    await execute('unpacking the registry', 'tar', ['-xzf', archive], { cwd: home(setup) })
    await rm(archive)
  })

/** Starts the registry on Postgres, so that ids survive, and forbids incompatible schemas for good. */
export const startRegistry = async (
  setup: Setup,
  port: number,
  database: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly password: string
  },
): Promise<Server> => {
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  const runner = `apicurio-registry-app-${version}-runner.jar`
  const folder = existsSync(join(home(setup), runner))
    ? home(setup)
    : join(home(setup), `apicurio-registry-app-${version}`)
  return startServer(
    {
      name: 'registry',
      ports: [port],
      command: 'java',
      cwd: folder,
      args: [
        '-Xmx256m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        '-Dquarkus.http.host=127.0.0.1',
        `-Dquarkus.http.port=${port}`,
        '-Dapicurio.storage.kind=sql',
        '-Dapicurio.storage.sql.kind=postgresql',
        `-Dapicurio.datasource.url=jdbc:postgresql://${database.host}:${database.port}/registry`,
        `-Dapicurio.datasource.username=${database.user}`,
        '-jar',
        join(folder, runner),
      ],
      env: { APICURIO_DATASOURCE_PASSWORD: database.password },
      ready: async () => {
        const answer = await fetch(`${url}/config`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ compatibility: 'FULL_TRANSITIVE' }),
          signal: AbortSignal.timeout(2000),
        })
        if (!answer.ok) throw new Error(`the registry answers ${answer.status}`)
      },
    },
    setup,
  )
}
