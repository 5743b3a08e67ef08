import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { choosePorts, freePort, isFree } from '../../../../infra/embedded/ports.ts'

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'rd-ports-'))))
afterEach(() => rm(folder, { recursive: true }))

describe('the ports of an installation', () => {
  test('are each another one, and the same again after a restart', async () => {
    const ports = await choosePorts(folder, {})
    expect(new Set(Object.values(ports)).size).toBe(5)
    expect(await choosePorts(folder, {})).toEqual(ports)
  })

  test('are those that are configured, and the others stay', async () => {
    const ports = await choosePorts(folder, {})
    expect(await choosePorts(folder, { kafka: 9092, s3: 0 })).toEqual({ ...ports, kafka: 9092 })
  })

  test('are none that is configured for another server', async () => {
    const { kafka } = await choosePorts(folder, {})
    const ports = await choosePorts(folder, { kafka: 9092, registry: kafka })
    expect(ports).toMatchObject({ kafka: 9092, registry: kafka })
    expect(new Set(Object.values(ports)).size).toBe(5)
  })
})

test('a free port is none that the kernel may give to an outgoing connection meanwhile', async () => {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
  const [first = 0, last = 0] = range.trim().split(/\s+/).map(Number)
  for (let tries = 0; tries < 50; tries += 1) {
    const port = await freePort()
    expect(port < first || port > last).toBe(true)
  }
})

test('a port is free as long as nobody listens there', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(await isFree(port)).toBe(false)
  server.close()
  await once(server, 'close')
  expect(await isFree(port)).toBe(true)
})
