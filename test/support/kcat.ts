import { execa } from 'execa'

/** A record as kcat reads it: bytes, no knowledge of ours. */
export interface RawRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: string
  /** Undefined for a tombstone. */
  readonly value: Buffer | undefined
  /** All headers, `name=value` with commas between. */
  readonly headers: string
}

// The length as four bytes, the value, then a line each for what is text.
const format = '%R%s%p %o %t\n%k\n%h\n'

/** Reads a topic with kcat, from its beginning or from a moment (ms since the epoch) to its end. */
export const readTopic = async (
  brokers: readonly string[],
  topic: string,
  since?: number,
): Promise<readonly RawRecord[]> => {
  const from = since === undefined ? 'beginning' : `s@${since}`
  const { stdout } = await execa(
    'kcat',
    ['-b', brokers.join(','), '-C', '-t', topic, '-o', from, '-e', '-q', '-f', format],
    { encoding: 'buffer', stripFinalNewline: false, maxBuffer: 1024 ** 3 },
  )
  return parse(Buffer.from(stdout))
}

const parse = (output: Buffer): RawRecord[] => {
  const records: RawRecord[] = []
  let at = 0
  const line = (): string => {
    const end = output.indexOf('\n', at)
    const text = output.toString('utf8', at, end)
    at = end + 1
    return text
  }
  while (at < output.length) {
    const length = output.readInt32BE(at)
    at += 4
    const value = length < 0 ? undefined : output.subarray(at, (at += length))
    const [partition, offset, topic] = line().split(' ')
    records.push({
      topic: topic!,
      partition: Number(partition),
      offset: BigInt(offset!),
      value,
      key: line(),
      headers: line(),
    })
  }
  return records
}
