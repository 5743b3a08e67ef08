import { type Decoded, isEvent } from '../../../infra/kafka/codec.ts'
import { factsOf } from '../../facts.ts'
import { fit } from '../output.ts'

/** A record of the log as data: the event with its meta data and fields, or why it is none that we know. */
export const dataOf = (record: Decoded): Readonly<Record<string, unknown>> => {
  const { topic, partition, offset } = record.at
  const at = { topic, partition, offset: Number(offset) }
  if ('undecodable' in record) return { at, error: record.undecodable.message }
  const { stream, meta } = record
  return isEvent(record)
    ? { at, type: record.type, stream, ...meta, data: record.data }
    : { at, type: record.unknown, stream, ...meta, data: null }
}

/** A record of the log in one line. */
export const lineOf = (record: Decoded, width?: number): string => {
  const { topic, partition, offset } = record.at
  const position = `${topic.replace('raddeploy.', '')}/${partition}@${offset}`.padEnd(20)
  const [time, type, facts] = isEvent(record)
    ? [record.meta.time, record.type, factsOf(record.type, record.data)]
    : 'unknown' in record
      ? [record.meta.time, record.unknown, '(not known to this version)']
      : ['-', 'undecodable', record.undecodable.message]
  return fit(`${position} ${time.padEnd(24)}  ${type.padEnd(18)} ${facts}`.trimEnd(), width)
}

/** By time, and where that is the same as they stand on the log. */
export const byTime = (a: Decoded, b: Decoded): number =>
  compare(timeOf(a), timeOf(b)) ||
  compare(a.at.topic, b.at.topic) ||
  a.at.partition - b.at.partition ||
  compare(a.at.offset, b.at.offset)

const timeOf = (record: Decoded): string => ('meta' in record ? record.meta.time : '')
const compare = <T extends string | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
