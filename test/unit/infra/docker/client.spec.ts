import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Server, createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { dockerClient, dockerOptions } from '../../../../infra/docker/client.ts'
import { endpointsSchema } from '../../../../infra/embedded/endpoints.ts'

let folder: string
let server: Server | undefined
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'rd-docker-'))))
afterEach(async () => {
  vi.unstubAllEnvs()
  server?.close()
  server = undefined
  await rm(folder, { recursive: true })
})

/** An engine that only answers a ping. */
const listening = async (at: string | number): Promise<Server> => {
  server = createServer((_, response) => response.end('OK')).listen(at)
  await once(server, 'listening')
  return server
}

describe('a Docker Engine answers', () => {
  test.each([
    ['as a socket', (path: string) => ({ socketPath: path })],
    ['as a host', (path: string) => ({ host: `unix://${path}` })],
  ])('at a path, given %s, whatever DOCKER_HOST says', async (_, endpoint) => {
    const path = join(folder, 'an engine.sock')
    await listening(path)
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1')
    expect(String(await dockerClient(endpoint(path), { timeout: 2000 }).ping())).toBe('OK')
  })

  test('at a port of a host, whatever DOCKER_HOST says', async () => {
    const { port } = (await listening(0)).address() as AddressInfo
    vi.stubEnv('DOCKER_HOST', `unix://${folder}/nothing.sock`)
    const docker = dockerClient({ host: `tcp://127.0.0.1:${port}` }, { timeout: 2000 })
    expect(String(await docker.ping())).toBe('OK')
  })
})

describe('the options of an engine over TCP', () => {
  const host = 'tcp://gpu-1'

  test('are those of plain HTTP without certificates', () =>
    expect(dockerOptions({ host })).toMatchObject({ protocol: 'http', host: 'gpu-1', port: 2375 }))

  test('are those of TLS with certificates, which a socket does not need', async () => {
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder, `${name}.pem`), name)
    expect(dockerOptions({ host }, folder)).toMatchObject({
      ...{ protocol: 'https', host: 'gpu-1', port: 2376 },
      ...{ ca: Buffer.from('ca'), cert: Buffer.from('cert'), key: Buffer.from('key') },
    })
    expect(dockerOptions({ host: 'tcp://[::1]:99' }, folder)).toMatchObject({ host: '::1', port: '99' })
    expect(dockerOptions({ socketPath: '/a' }, folder)).toMatchObject({ protocol: 'http', socketPath: '/a' })
  })

  test('need certificates where it is TLS', () =>
    expect(() => dockerOptions({ host }, folder)).toThrow(
      expect.objectContaining({
        code: 'RD_CONFIG_INVALID',
        message: expect.stringContaining(`${folder} needs ca.pem, cert.pem, key.pem`) as string,
      }),
    ))
})

describe('the endpoint of an engine', () => {
  const docker = endpointsSchema.shape.docker

  test.each([
    { socketPath: '/var/run/docker.sock' },
    { host: 'unix:///var/run/docker.sock' },
    { host: 'tcp://gpu-1:2376' },
    { host: 'tcp://[fe80::1]:2376' },
  ])('may be %j', (endpoint) => expect(docker.parse(endpoint)).toEqual(endpoint))

  test.each([
    { host: 'ssh://gpu-1' },
    { host: 'gpu-1:2375' },
    { host: 'unix://docker.sock' },
    { host: 'tcp://gpu-1:99999' },
    { host: 'tcp://gpu-1/path' },
    { socketPath: '/a', host: 'tcp://gpu-1' },
    {},
  ])('is not %j', (endpoint) => {
    const [issue] = docker.safeParse(endpoint).error!.issues
    expect(issue!.message).toContain('unix:///path or tcp://host:port')
  })
})
