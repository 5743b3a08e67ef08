import { expect, test } from 'vitest'
import { limited } from '../../../../producers/scp/limited.ts'

/** A sink of ten bytes at most that gets these pieces; what its own sink heard, and the answer. */
const given = async (...pieces: readonly number[]) => {
  const heard: string[] = []
  const own = {
    write: (bytes: Buffer) => Promise.resolve(void heard.push(`write ${bytes.length}`)),
    end: () => Promise.resolve({ status: heard.push('end') * 0 }),
    abort: (reason: string) => Promise.resolve(void heard.push(`abort: ${reason}`)),
  }
  const sink = limited(own, 10, () => Promise.resolve({ status: 0xa700 }))
  for (const piece of pieces) await sink.write(Buffer.alloc(piece))
  return { heard, sink }
}

test('what is not larger passes', async () => {
  const { heard, sink } = await given(4, 6)
  expect(await sink.end()).toEqual({ status: 0 })
  expect(heard).toEqual(['write 4', 'write 6', 'end'])
})

test('what is larger is given up at once and once, the rest dropped, the answer a refusal', async () => {
  const { heard, sink } = await given(4, 7, 100, 100)
  expect(await sink.end()).toEqual({ status: 0xa700 })
  expect(heard).toEqual(['write 4', 'abort: it is too large'])
})

test('what breaks off is given up once, whether it was too large or not', async () => {
  const small = await given(4)
  await small.sink.abort('gone')
  expect(small.heard).toEqual(['write 4', 'abort: gone'])
  const large = await given(11)
  await large.sink.abort('gone')
  expect(large.heard).toEqual(['abort: it is too large'])
})
