import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { freePort } from '../../../../infra/embedded/ports.ts'
import { type Server, type ServerSpec, startServer } from '../../../../infra/embedded/server.ts'
import { type Setup } from '../../../../infra/embedded/setup.ts'

let setup: Setup
let port: number
let servers: Server[]
beforeEach(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'rd-server-'))
  setup = { dataDir, cacheDir: dataDir, progress: () => undefined, logger: pino({ level: 'silent' }) }
  port = await freePort()
  servers = []
})
afterEach(async () => {
  for (const server of servers) await server.stop()
  await rm(setup.dataDir, { recursive: true })
})

const script =
  'require("net").createServer((peer) => peer.end()).listen(Number(process.argv[1]), "127.0.0.1")'
const spec = (more: Partial<ServerSpec> = {}): ServerSpec => ({
  name: 'listener',
  command: process.execPath,
  args: ['-e', script, String(port)],
  ports: [port],
  ready: async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.destroy()
  },
  ...more,
})
const start = async (more?: Partial<ServerSpec>): Promise<Server> => {
  const server = await startServer(spec(more), setup)
  servers.push(server)
  return server
}
const pidOf = async (): Promise<number> =>
  Number(await readFile(join(setup.dataDir, 'run', 'listener.pid'), 'utf8'))
const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}/exe`)

describe('a server', () => {
  test('is started again when it is killed', async () => {
    await start()
    const before = await pidOf()
    process.kill(before, 'SIGKILL')
    await vi.waitFor(async () => expect(await pidOf()).not.toBe(before), { timeout: 10_000 })
    await vi.waitFor(spec().ready, { timeout: 10_000 })
  })

  test('is not started where another program listens: that is said at once, with the port', async () => {
    const stranger = createServer((peer) => peer.end()).listen(port, '127.0.0.1')
    await once(stranger, 'listening')
    await expect(start()).rejects.toMatchObject({
      code: 'RD_STACK_START_FAILED',
      message: expect.stringContaining(`port ${port}`) as string,
    })
    expect(existsSync(join(setup.dataDir, 'run', 'listener.pid'))).toBe(false)
    stranger.close()
  })

  test('that never becomes ready is ended', async () => {
    let pid = 0
    const ready = async (): Promise<void> => {
      pid = await pidOf()
      throw new Error('not yet')
    }
    await expect(start({ ready, readyWithinMs: 300 })).rejects.toMatchObject({
      code: 'RD_STACK_START_FAILED',
    })
    expect(pid).toBeGreaterThan(0)
    expect(isRunning(pid)).toBe(false)
  })

  test('that ignores a polite end is killed', async () => {
    const stubborn = `process.on("SIGTERM", () => undefined); ${script}`
    const server = await start({ args: ['-e', stubborn, String(port)], stopWithinMs: 200 })
    const pid = await pidOf()
    await server.stop()
    expect(isRunning(pid)).toBe(false)
  })

  test('that is stopped while it is being started again does not come back', async () => {
    let prepared = 0
    let go = (): void => undefined
    const held = new Promise<void>((resolve) => (go = resolve))
    const server = await start({ before: () => ((prepared += 1) === 1 ? Promise.resolve() : held) })
    process.kill(await pidOf(), 'SIGKILL')
    await vi.waitFor(() => expect(prepared).toBe(2), { timeout: 10_000, interval: 5 })
    const stopped = server.stop()
    go()
    await stopped
    await expect(spec().ready()).rejects.toThrow()
    expect(existsSync(join(setup.dataDir, 'run', 'listener.pid'))).toBe(false)
  })

  test('is taken over by the next process, but no stranger that has got its pid', async () => {
    await start()
    const pid = await pidOf()
    await start()
    expect(await pidOf()).toBe(pid)
    const elsewhere = { ...setup, dataDir: join(setup.dataDir, 'other') }
    port = await freePort()
    await mkdir(join(elsewhere.dataDir, 'run'), { recursive: true })
    await writeFile(join(elsewhere.dataDir, 'run', 'listener.pid'), String(process.pid))
    const other = await startServer(spec(), elsewhere)
    await other.stop()
    expect(isRunning(process.pid)).toBe(true)
  })
})
