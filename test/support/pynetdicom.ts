import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { alone } from '../../infra/embedded/alone.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { type Client, type Destination } from './dcmtk.ts'
import { readDicomFile } from './dicomFiles.ts'
import { listening } from './listening.ts'
import { cacheDir } from './sample.ts'

const libraries = ['pynetdicom==2.1.1', 'pydicom==2.4.5']

/** The Python that has pynetdicom: an environment of its own in the cache, made once. */
export const python = async (): Promise<string> => {
  const environment = join(cacheDir, 'pynetdicom-2.1.1')
  const [own, stamp] = [join(environment, 'bin', 'python'), join(environment, 'whole')]
  if (existsSync(stamp)) return own
  await mkdir(cacheDir, { recursive: true })
  await alone(`${environment}.lock`, async () => {
    if (existsSync(stamp)) return
    await execa('python3', ['-m', 'venv', '--clear', environment])
    await execa(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...libraries])
    await writeFile(stamp, '')
  })
  return own
}

/**
 * pynetdicom's storescu. By default it proposes the first 128 storage classes it knows, each in explicit little
 * endian before anything else; with `-cx` what the files are. It says of no file but in its output that it failed.
 */
export const pynetdicomStorescu: Client = async (to, paths, options = []) => {
  const titles = ['-aec', to.called ?? 'RADDEPLOY', '-aet', to.calling ?? 'PYNETDICOM']
  const { exitCode, all } = await execa(
    await python(),
    [
      '-m',
      'pynetdicom',
      'storescu',
      '-v',
      '-r',
      ...titles,
      ...options,
      '127.0.0.1',
      String(to.port),
      ...paths,
    ],
    { all: true, reject: false },
  )
  return { exitCode, output: all }
}

/** pynetdicom's storescp, which takes the storage classes that it knows in every transfer syntax. */
export const startPynetdicomStorescp = async (aeTitle: string): Promise<Destination> => {
  const received = await mkdtemp(join(tmpdir(), 'raddeploy-destination-'))
  const args = ['-m', 'pynetdicom', 'storescp', '-ba', '127.0.0.1', '-aet', aeTitle, '-od', received]
  const port = await freePort()
  const running = await listening(port, [await python(), ...args, String(port)])
  return {
    port,
    aeTitle,
    received: async () => {
      const files = (await readdir(received)).map((name) => readDicomFile(join(received, name)))
      return new Map((await Promise.all(files)).map((file) => [file.sopInstanceUid, file]))
    },
    count: async () => (await readdir(received)).length,
    stop: async () => {
      await running.stop()
      await rm(received, { recursive: true, force: true })
    },
  }
}
