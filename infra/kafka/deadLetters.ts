import { type Fact, type Recorded } from '../../core/event/event.ts'
import { isRadDeployError, messageOf } from '../../core/error/error.ts'
import { headersOf } from '../../core/event/cloudEvents.ts'
import { type Undecodable } from './codec.ts'

/** Of a record that is large itself a copy would be too large: the rest stands where the position says. */
const longest = 64 * 1024
const bounded = (bytes: Buffer | null): Buffer | null => bytes?.subarray(0, longest) ?? null

/** Facts that put a record aside, so that one poison record never stops the rest. */
export const deadLetter = {
  /** A record that is no event of ours, with the first 64 KiB of its key and of its value. */
  record: ({ undecodable, message, at }: Undecodable, consumer: string): Fact<'DeadLettered'> => ({
    type: 'DeadLettered',
    stream: at.topic,
    data: {
      topic: at.topic,
      partition: at.partition,
      offset: Number(at.offset),
      consumer,
      code: undecodable.code,
      reason: undecodable.message,
      key: bounded(message.key),
      value: bounded(message.value),
      headers: Object.fromEntries(
        Object.entries(message.headers ?? {})
          .slice(0, 64)
          .map(([name, value]) => [name.slice(0, 256), String(value).slice(0, 1024)]),
      ),
    },
  }),
  /** An event that a processor could not decide on; its bytes are on the log where it stands. */
  decision: (event: Recorded, consumer: string, error: unknown): Fact<'DeadLettered'> => ({
    type: 'DeadLettered',
    stream: event.at.topic,
    data: {
      topic: event.at.topic,
      partition: event.at.partition,
      offset: Number(event.at.offset),
      consumer,
      code: isRadDeployError(error) ? error.code : 'RD_DECISION_FAILED',
      reason: messageOf(error),
      key: null,
      value: null,
      headers: headersOf(event),
    },
  }),
}
