import { describe, expect, test } from 'vitest'
import { restComesLater } from '../../../../../core/run/modelLog.ts'
import { LiveChunks } from '../../../../../processors/worker/executor/liveChunks.ts'
import { memoryStore } from '../../../../support/memoryStore.ts'

const chunksIn = (memory: ReturnType<typeof memoryStore>, mayExist = true, limit = 100) =>
  new LiveChunks(memory.store, { keyOf: (number) => `live/${number}`, limit, mayExist })
const content = ({ objects }: ReturnType<typeof memoryStore>): Record<string, string> =>
  Object.fromEntries([...objects].map(([key, bytes]) => [key, bytes.toString()]))
const put = async (chunks: LiveChunks, ...texts: string[]): Promise<void> => {
  for (const text of texts) await chunks.put(Buffer.from(text))
}

describe('the parts of a growing log', () => {
  test('are numbered from 1, and who comes later finds what they hold', async () => {
    const memory = memoryStore()
    await put(chunksIn(memory), 'one\n', 'two\n')
    const next = chunksIn(memory)
    await next.look()
    expect([next.count, next.bytes, next.isClosed]).toEqual([2, 8, false])
    expect((await next.begin()).toString()).toBe('one\n')
    await put(next, 'three\n')
    expect(content(memory)).toEqual({ 'live/1': 'one\n', 'live/2': 'two\n', 'live/3': 'three\n' })
  })

  test('are put once by two who write at once: the second finds them and goes on', async () => {
    const memory = memoryStore()
    const [first, second] = [chunksIn(memory), chunksIn(memory)]
    await put(first, 'one\n')
    await expect(put(second, 'one\ntwo\n')).rejects.toThrow('exists with other content')
    await second.look()
    expect([second.count, second.bytes]).toEqual([1, 4])
  })

  test('end within their limit at the end of a line, with a part that says that there is more', async () => {
    const memory = memoryStore()
    const chunks = chunksIn(memory, true, 20)
    await put(chunks, 'first line\n', 'second\nthird\n')
    expect(chunks.isClosed).toBe(true)
    expect(content(memory)).toEqual({
      'live/1': 'first line\n',
      'live/2': 'second\n',
      'live/3': restComesLater,
    })
    const next = chunksIn(memory, true, 1000)
    await next.look()
    expect([next.count, next.bytes, next.isClosed]).toEqual([3, 18, true])
  })

  test('may fill their limit to the last byte', async () => {
    const memory = memoryStore()
    const chunks = chunksIn(memory, true, 8)
    await put(chunks, 'one\n', 'two\n')
    expect(chunks.isClosed).toBe(false)
    await put(chunks, 'three\n')
    expect(content(memory)).toEqual({ 'live/1': 'one\n', 'live/2': 'two\n', 'live/3': restComesLater })
  })

  test('are not taken for ended by one that is as long as that which says so', async () => {
    const memory = memoryStore()
    await put(chunksIn(memory), 'x'.repeat(restComesLater.length), 'y\n')
    const next = chunksIn(memory)
    await next.look()
    expect([next.count, next.isClosed]).toEqual([2, false])
  })

  test('are all removed, also those of others, the last ones first', async () => {
    const memory = memoryStore()
    await put(chunksIn(memory, true, 1000), ...Array.from({ length: 40 }, (_, at) => `${at}\n`))
    memory.objects.set('other', Buffer.from('stays'))
    const left: string[][] = []
    const { remove } = memory.store
    memory.store.remove = async (key) => {
      await remove(key)
      left.push([...memory.objects.keys()])
    }
    await chunksIn(memory).remove()
    expect(content(memory)).toEqual({ other: 'stays' })
    expect(left.findIndex((keys) => !keys.includes('live/1'))).toBeGreaterThan(30)
  })

  test('are not even looked for where there cannot be any', async () => {
    const memory = memoryStore()
    memory.goAway()
    await chunksIn(memory, false).remove()
    await expect(chunksIn(memory).remove()).rejects.toThrow('the store is away')
  })
})
