import { RadDeployError } from '../../../core/error/error.ts'
import { type Decoded } from '../../../infra/kafka/codec.ts'
import { topics } from '../../../infra/kafka/topics.ts'
import { untilStopped } from '../../embedded.ts'
import { jsonOf } from '../output.ts'
import { withConnections } from '../session.ts'
import { byTime, dataOf, lineOf } from './record.ts'

/** The full name of a topic that people may name without its prefix; RD_NOT_FOUND where there is none. */
export const topicNamed = (name: string): string => {
  const found = topics.find((topic) => topic.name === name || topic.name === `raddeploy.${name}`)
  if (found) return found.name
  const known = topics.map((topic) => topic.name.replace('raddeploy.', '')).join(', ')
  throw new RadDeployError('RD_NOT_FOUND', `there is no topic ${name}; there are ${known}`, { topic: name })
}

/** The last events of the log itself, oldest first; with `follow` the next ones, until Ctrl-C. */
export const tail = async (options: {
  readonly follow?: true
  readonly topic?: string
  readonly limit: number
  readonly json?: true
}): Promise<void> => {
  const topic = options.topic === undefined ? undefined : topicNamed(options.topic)
  const write = (record: Decoded): void =>
    void process.stdout.write(`${options.json ? jsonOf(dataOf(record)) : lineOf(record)}\n`)
  await withConnections(async ({ source }) => {
    const bounds = (await source.partitions()).filter((one) => topic === undefined || one.topic === topic)
    const from = bounds.map(({ topic, partition, low, high }) => {
      const start = high - BigInt(options.limit)
      return { topic, partition, offset: start < low ? low : start }
    })
    const ahead = new Map(
      bounds
        .filter(({ low, high }) => high > low)
        .map(({ topic, partition, high }) => [`${topic}/${partition}`, high]),
    )
    const done = new AbortController()
    void untilStopped().then(() => done.abort())
    const last: Decoded[] = []
    let live = ahead.size === 0
    if (live && !options.follow) return
    for await (const batch of source.read(from, done.signal) as AsyncIterable<readonly Decoded[]>) {
      for (const record of batch) {
        if (live) {
          write(record)
          continue
        }
        last.push(record)
        const place = `${record.at.topic}/${record.at.partition}`
        if (record.at.offset + 1n >= (ahead.get(place) ?? 0n)) ahead.delete(place)
      }
      if (!live && ahead.size === 0) {
        live = true
        for (const record of last.sort(byTime).slice(-options.limit)) write(record)
        if (!options.follow) break
      }
    }
  })
}
