import { Readable } from 'node:stream'
import { type ContainerInspectInfo } from 'dockerode'
import Docker from 'dockerode'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { workerConfigSchema } from '../../../../../processors/worker/config.ts'
import { liveLog, pauseAfter } from '../../../../../processors/worker/executor/liveLog.ts'
import { an } from '../../../../support/events.ts'
import { memoryStore } from '../../../../support/memoryStore.ts'
import { until } from '../../../../support/until.ts'

const { modem } = new Docker()

/** What the engine sends of a line that was printed to stdout. */
const frame = (line: string): Buffer => {
  const content = Buffer.from(line)
  const head = Buffer.alloc(8)
  head.writeUInt8(1, 0)
  head.writeUInt32BE(content.length, 4)
  return Buffer.concat([head, content])
}

/** A log under capture: `open` gives what the engine sends, each time it is asked. */
const capture = (open: () => Readable, { logBytes = 1_000_000, status = 'created' } = {}) => {
  const memory = memoryStore()
  const asked: Readable[] = []
  const warnings: string[] = []
  const logs = async ({ abortSignal }: { abortSignal: AbortSignal }) => {
    abortSignal.throwIfAborted()
    asked.push(open())
    return asked.at(-1)!
  }
  const stop = new AbortController()
  const live = liveLog(
    an.modelAssigned({}),
    { Id: 'c0ffee'.repeat(8), State: { Status: status } } as ContainerInspectInfo,
    {
      docker: { getContainer: () => ({ logs, modem }) } as unknown as Docker,
      store: memory.store,
      config: workerConfigSchema.parse({ workerId: 'w', installation: 'i', logBytes }),
      logger: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) }),
      signal: stop.signal,
    },
    { shortestMs: 50, longestMs: 50, failedMs: 200 },
  )
  const text = (): string => Buffer.concat([...memory.objects.values()]).toString()
  return { live, stop, memory, asked, warnings, text }
}

/** A container that has printed lines and runs on. */
const silentAfter = (...lines: string[]) => {
  const stream = new Readable({ read: () => undefined })
  for (const line of lines) stream.push(frame(line))
  return stream
}

describe('the log of a running container', () => {
  test('costs nothing where it ends at once', async () => {
    const { live, memory, asked, warnings } = capture(() => silentAfter('a line\n'))
    memory.goAway()
    live.end()
    await live.remove()
    expect({ asked, warnings }).toEqual({ asked: [], warnings: [] })
  })

  test('is not put where it ends before anybody looked', async () => {
    const { live, memory, asked } = capture(() => Readable.from([frame('a line\n')]))
    await until(() => asked.length > 1)
    live.end()
    expect(memory.objects.size).toBe(0)
  })

  test('is put to its end, for what comes after may take long', async () => {
    const stream = silentAfter('one\n')
    const { live, text } = capture(() => stream)
    await until(() => text() === 'one\n')
    stream.push(frame('two\n'))
    stream.push(null)
    live.end()
    await until(() => text() === 'one\ntwo\n')
  })

  test('is put when the store is there again, and nobody waits for it', async () => {
    const { live, memory, text, warnings } = capture(() => silentAfter('one\n', 'two\n'))
    memory.goAway()
    await until(() => warnings.length > 0)
    memory.comeBack()
    await until(() => text() === 'one\ntwo\n')
    memory.goAway()
    await live.remove()
    expect(warnings.at(-1)).toContain('may be left')
  })

  test('is read again where the engine broke it off, and nothing of it is put twice', async () => {
    let times = 0
    const { text } = capture(() => {
      times += 1
      if (times > 1) return silentAfter('one\n', 'two\n', 'three\n')
      return Readable.from(
        (async function* () {
          yield frame('one\n')
          yield frame('two\n')
          await until(() => text() === 'one\ntwo\n')
          throw Object.assign(new Error('the engine went away'), { code: 'ECONNRESET' })
        })(),
      )
    })
    await until(() => times === 2 && text() === 'one\ntwo\nthree\n')
  })

  test('is gone on with where another process left it', async () => {
    const open = () => silentAfter('one\n', 'two\n')
    const first = capture(open)
    await until(() => first.text() === 'one\ntwo\n')
    first.stop.abort()
    expect(first.asked[0]!.destroyed).toBe(true)
    const second = capture(() => silentAfter('one\n', 'two\n', 'three\n'), { status: 'running' })
    for (const [name, bytes] of first.memory.objects) second.memory.objects.set(name, bytes)
    await until(() => second.text() === 'one\ntwo\nthree\n')
    await second.live.remove()
    expect(second.memory.objects.size).toBe(0)
  })

  test('is held within bounds, however much is printed and however slow the store is', async () => {
    const line = frame(`${'x'.repeat(9999)}\n`)
    let taken = 0
    const endless = () =>
      new Readable({
        highWaterMark: 64 * 1024,
        read() {
          taken += line.length
          this.push(line)
        },
      })
    const { memory, asked } = capture(endless, { logBytes: 2_000_000 })
    let ahead = 0
    let stored = 0
    const { put } = memory.store
    memory.store.put = async (key, bytes) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      ahead = Math.max(ahead, taken - stored)
      stored += bytes.length
      return put(key, bytes)
    }
    await until(() => [...memory.objects.values()].at(-1)?.toString().startsWith('[there is more') ?? false)
    await until(() => asked[0]!.destroyed)
    expect(stored).toBeLessThan(2_000_100)
    expect(ahead).toBeLessThan(5_000_000)
    expect(asked).toHaveLength(1)
  })
})

test('a log of many hours has thousands of parts, not tens of thousands', () => {
  expect([pauseAfter(0), pauseAfter(299), pauseAfter(300), pauseAfter(100_000)]).toEqual([
    ...[1000, 1000, 2000, 10_000],
  ])
  let parts = 0
  for (let ms = 0; ms < 24 * 3_600_000; ms += pauseAfter(parts)) parts += 1
  expect(parts).toBeLessThan(10_000)
})
