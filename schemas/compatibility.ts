import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import avro from 'avsc'

/** One way in which today's schemas could not be read together with released ones. */
export interface Incompatibility {
  readonly event: string
  readonly release: string
  readonly reason: string
}

/**
 * Holds schemas against every release, both ways: today's code reads the oldest event, and yesterday's code
 * reads today's (FULL_TRANSITIVE). `today` maps event types to self-contained schemas; `released` is the
 * folder of frozen copies, one sub-folder a release.
 */
export const incompatibilities = (
  today: Readonly<Record<string, unknown>>,
  released: string,
): readonly Incompatibility[] =>
  readdirSync(released, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: release }) =>
      readdirSync(join(released, release)).flatMap((file) => {
        const event = file.replace(/\.avsc$/, '')
        const before: unknown = JSON.parse(readFileSync(join(released, release, file), 'utf8'))
        const reason =
          event in today
            ? whyNot(before, today[event])
            : 'the event type is gone, but its events are on the log'
        return reason === undefined ? [] : [{ event, release, reason }]
      }),
    )

const typeOf = (schema: unknown): avro.Type => avro.Type.forSchema(structuredClone(schema) as avro.Schema)

/** Why one of two schemas cannot read what the other wrote, or undefined where both can. */
export const whyNot = (before: unknown, after: unknown): string | undefined => {
  const [older, newer] = [typeOf(before), typeOf(after)]
  for (const [reader, writer, who] of [
    [newer, older, 'today cannot read what that release wrote'],
    [older, newer, 'that release cannot read what is written today'],
  ] as const)
    try {
      reader.createResolver(writer)
    } catch (error) {
      return `${who}: ${(error as Error).message}`
    }
  return undefined
}
