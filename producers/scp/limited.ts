import { type Sink, type StoreAnswer } from '../../infra/dimse/handler.ts'

/**
 * A sink that takes no more than so many bytes of an instance: what had come is given up at once, the rest is
 * read and dropped, and the answer is the refusal.
 */
export const limited = (
  sink: Sink,
  maxBytes: number | undefined,
  refuse: () => Promise<StoreAnswer>,
): Sink => {
  if (maxBytes === undefined) return sink
  let bytes = 0
  return {
    write: async (piece) => {
      const before = bytes
      bytes += piece.length
      if (bytes <= maxBytes) await sink.write(piece)
      else if (before <= maxBytes) await sink.abort('it is too large')
    },
    end: () => (bytes <= maxBytes ? sink.end() : refuse()),
    abort: async (reason) => {
      if (bytes <= maxBytes) await sink.abort(reason)
    },
  }
}
