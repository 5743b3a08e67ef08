/**
 * All bytes of a stream, copied once at most. What node:stream/consumers has for that makes a Blob of them first, which
 * takes longer than to fetch a header.
 */
export const bytesOf = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  const [only] = chunks
  return chunks.length === 1 && Buffer.isBuffer(only) ? only : Buffer.concat(chunks)
}
