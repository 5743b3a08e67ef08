/** How long what comes after a silence is waited for, in milliseconds: one line seldom comes alone. */
const togetherMs = 50

/**
 * Bytes as they come, put together: `bytes` at most, and unless so many are there, no sooner than `pauseMs` after
 * those before. While the receiver is busy no more than one piece of the source is taken.
 */
export async function* gathered(
  source: AsyncIterable<Buffer>,
  { bytes, pauseMs }: { readonly bytes: number; readonly pauseMs: () => number },
): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]()
  let coming = pieces.next()
  let held: Buffer[] = []
  let size = 0
  let dueAt = 0
  const hold = (piece: Buffer): void => {
    if (size === 0) dueAt = Math.max(dueAt, performance.now() + togetherMs)
    held.push(piece)
    size += piece.length
  }
  const take = (): Buffer => {
    const taken = Buffer.concat(held)
    held = []
    size = 0
    return taken
  }
  for (;;) {
    const came = size === 0 ? await coming : await before(dueAt, coming)
    if (came?.done) break
    let piece = came?.value
    while (piece && size + piece.length >= bytes) {
      const fitting = bytes - size
      hold(piece.subarray(0, fitting))
      piece = piece.subarray(fitting)
      yield take()
      dueAt = performance.now() + pauseMs()
    }
    if (came) coming = pieces.next()
    if (piece) {
      if (piece.length > 0) hold(piece)
    } else {
      yield take()
      dueAt = performance.now() + pauseMs()
    }
  }
  if (size > 0) yield take()
}

/** What a promise comes to, or undefined at a moment. */
const before = async <T>(moment: number, coming: Promise<T>): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined
  const due = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, moment - performance.now()), undefined)
  })
  try {
    return await Promise.race([coming, due])
  } finally {
    clearTimeout(timer)
  }
}

/** What is thrown of a source that begins otherwise than it did. */
export class OtherBeginning extends Error {}

/** What a source gives after its first `count` bytes, which begin with `begin`; else OtherBeginning is thrown. */
export async function* after(
  source: AsyncIterable<Buffer>,
  count: number,
  begin: Buffer,
): AsyncGenerator<Buffer> {
  let seen = 0
  for await (const piece of source) {
    const known = begin.subarray(seen, seen + piece.length)
    if (!known.equals(piece.subarray(0, known.length))) throw new OtherBeginning()
    const from = Math.max(0, count - seen)
    seen += piece.length
    if (from < piece.length) yield piece.subarray(from)
  }
}
