import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { OtherBeginning, after, gathered } from '../../../../../processors/worker/executor/pieces.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A source that gives what it is handed, and counts what was taken of it. */
const handed = () => {
  const waiting: Buffer[] = []
  let wake: () => void = () => undefined
  let hasEnded = false
  const of = {
    taken: 0,
    give: (...texts: string[]) => {
      waiting.push(...texts.map((text) => Buffer.from(text)))
      wake()
    },
    end: () => {
      hasEnded = true
      wake()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = waiting.shift()
        if (next) {
          of.taken += 1
          yield next
        } else if (hasEnded) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
  return of
}

/** What comes out of `gathered`, with the time of each piece. */
const seen = (source: AsyncIterable<Buffer>, bytes = 10, pauseMs = 1000) => {
  const pieces: [at: number, text: string][] = []
  const begun = performance.now()
  const done = (async () => {
    for await (const piece of gathered(source, { bytes, pauseMs: () => pauseMs }))
      pieces.push([Math.round(performance.now() - begun), piece.toString()])
  })()
  return { pieces, done }
}
const later = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('what comes is put together', () => {
  test('the first at once, and what comes after that in one piece when its time has come', async () => {
    const source = handed()
    const { pieces, done } = seen(source)
    source.give('a')
    await later(20)
    source.give('b')
    await later(300)
    source.give('c')
    await later(300)
    source.give('d')
    await later(2000)
    source.give('e')
    await later(100)
    source.end()
    await done
    expect(pieces).toEqual([
      [50, 'ab'],
      [1050, 'cd'],
      [2670, 'e'],
    ])
  })

  test('and a full piece does not wait', async () => {
    const source = handed()
    const { pieces, done } = seen(source)
    source.give('123', '456', '78', '90', 'a piece that is longer than allowed', '1', '2')
    await later(40)
    expect(pieces).toEqual([
      [0, '1234567890'],
      [0, 'a piece th'],
      [0, 'at is long'],
      [0, 'er than al'],
    ])
    source.end()
    await done
    expect(pieces.slice(4)).toEqual([[40, 'lowed12']])
  })

  test('and what is left comes at the end', async () => {
    const source = handed()
    const { pieces, done } = seen(source)
    source.give('a', 'b')
    source.end()
    await done
    expect(pieces).toEqual([[0, 'ab']])
  })

  test('and the error of a source comes through, even while nobody asks', async () => {
    const broken = async function* () {
      yield Buffer.from('a')
      await new Promise((resolve) => setTimeout(resolve, 500))
      throw new Error('the engine died')
    }
    const pieces = gathered(broken(), { bytes: 10, pauseMs: () => 0 })
    const [first] = await Promise.all([pieces.next(), later(100)])
    expect(first.value!.toString()).toBe('a')
    await later(1000)
    await expect(pieces.next()).rejects.toThrow('the engine died')
  })
})

test('a receiver that is busy keeps the source from giving more', async () => {
  const source = handed()
  source.give(...Array.from({ length: 1000 }, () => '12345'))
  const pieces = gathered(source, { bytes: 10, pauseMs: () => 1000 })
  await pieces.next()
  await later(60_000)
  expect(source.taken).toBeLessThanOrEqual(3)
})

describe('of a source that was read before', () => {
  const read = async (pieces: readonly string[], count: number, begin: string) => {
    const source = (async function* () {
      for (const piece of pieces) yield Buffer.from(piece)
    })()
    let text = ''
    for await (const piece of after(source, count, Buffer.from(begin))) text += piece.toString()
    return text
  }

  test('so many bytes are left out, however they come', async () => {
    for (const pieces of [['0123456789'], ['01', '2', '345', '6789'], [...'0123456789']])
      for (const count of [0, 1, 3, 9, 10, 11])
        expect(await read(pieces, count, '012'.slice(0, count))).toBe('0123456789'.slice(count))
  })

  test('nothing is taken when it begins otherwise', async () => {
    for (const pieces of [['9123'], ['0', '1', '3', '4'], ['01', '456']])
      await expect(read(pieces, 3, '012')).rejects.toThrow(OtherBeginning)
  })
})
