import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { declared } from '../../app/declared.ts'
import { eventsPage } from '../../app/docs/events.ts'
import { topology } from '../../app/docs/topology.ts'
import { serviceNames } from '../../app/names.ts'
import { topics } from '../../schemas/generated/definitions.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const processors = Object.values(declared)

describe('the documents', () => {
  test('docs/topology.md is what the processors declare (npm run generate)', () =>
    expect(read('docs/topology.md')).toBe(topology(processors)))

  test('docs/events.md is what the schemas say (npm run generate)', () =>
    expect(read('docs/events.md')).toBe(eventsPage()))

  test('the flow that the README explains is the flow of the demonstration', () => {
    const [, block] = /<!-- flow -->\s*```yaml\n([\s\S]*?)```/.exec(read('README.md')) ?? []
    expect(block).toBe(read('flows/ct-to-rtstruct/flow.yaml'))
  })

  test('the README explains every key of that flow', () => {
    const [, explained] = /<!-- flow -->[\s\S]*?```\n([\s\S]*?)\nAll keys/.exec(read('README.md')) ?? []
    const keysOf = (value: unknown): string[] =>
      value === null || typeof value !== 'object'
        ? []
        : Object.entries(value).flatMap(([key, inner]) => [
            ...(Array.isArray(value) ? [] : [key]),
            ...keysOf(inner),
          ])
    const keys = keysOf(parse(read('flows/ct-to-rtstruct/flow.yaml')))
    expect(keys).toContain('mem_limit')
    expect(keys.filter((key) => !explained!.includes(`\`${key}\``))).toEqual([])
  })

  test('the README names every service', () => {
    for (const name of serviceNames) expect(read('README.md')).toContain(name)
  })
})

describe('the topology', () => {
  const written = new Map<string, string[]>()
  for (const { name, writes } of processors)
    for (const type of writes as readonly string[]) written.set(type, [...(written.get(type) ?? []), name])
  const producers = ['scp', 'stow', 'drop', 'flows', 'commands', 'runtime', 'worker']

  test('every event is written by those whom its topic.json names', () => {
    for (const { events, writers } of Object.values(topics))
      for (const event of events) {
        const named = (writers as Readonly<Record<string, readonly string[]>>)[event]!
        const found = written.get(event) ?? []
        expect({
          event,
          writers: [...new Set([...found, ...named.filter((name) => producers.includes(name))])].sort(),
        }).toEqual({
          event,
          writers: [...named].sort(),
        })
      }
  })

  test('the outcome of every effect is read back by the processor that had it', () => {
    for (const { name, reads, writes, run } of processors)
      if (run)
        expect({
          name,
          reads: (writes as string[]).some((type) => (reads as string[]).includes(type)),
        }).toEqual({ name, reads: true })
  })
})
