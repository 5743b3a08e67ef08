import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../core/error/codes.ts'
import { processors } from '../processors/index.ts'
import { type Processor } from '../processors/runtime/processor.ts'
import { generate } from '../schemas/generate.ts'
import { loadTopic, topicFolders } from '../schemas/load.ts'

/** Declared, so that its name and its writer are settled, and written by nobody so far. */
const notYet = { FlowRetired: [] }
const root = fileURLToPath(new URL('..', import.meta.url))
const elsewhere = ['node_modules', 'dist', '.git', '.raddeploy', '.venv', '__pycache__', 'coverage']

/** Every path of the repository that is ours, folders too, relative to its root. */
const walk = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !elsewhere.includes(name) && !name.startsWith('.tmp'))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return [relative(root, path), ...(entry.isDirectory() ? walk(path) : [])]
    })
const paths = walk(root)
const written = paths.filter((path) => /\.(ts|mjs|cjs|js|py|md|ya?ml|avsc|sql|sh)$/.test(path))
const sources = written.filter((path) =>
  /^(schemas|core|infra|producers|processors|projections|app)\//.test(path),
)
const text = (path: string): string => readFileSync(join(root, path), 'utf8')
const where = (files: readonly string[], pattern: RegExp): string[] =>
  files.flatMap((path) =>
    text(path)
      .split('\n')
      .flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}`] : [])),
  )

describe('the tree can be read', () => {
  test('no file has more than 300 lines', () => {
    const long = written.filter((path) => !path.includes('generated/') && text(path).split('\n').length > 301)
    expect(long).toEqual([])
  })

  test('nothing is called utils, helpers or common', () => {
    expect(paths.filter((path) => /^(utils?|helpers?|common)(\.|$)/i.test(basename(path)))).toEqual([])
  })

  test('nothing is left to be done in a comment', () => {
    expect(where(written, /\b(TO[D]O|FIX[M]E)\b/)).toEqual([])
  })

  test('no test is skipped, alone or put off', () => {
    const specs = written.filter((path) => path.endsWith('.spec.ts'))
    expect(where(specs, /\b(test|it|describe)\.(skip|skipIf|runIf|only|todo|fails)\b/)).toEqual([])
  })

  test('each processor says first what it reads and writes, and why', () => {
    const silent = paths.filter(
      (path) => /^processors\/[^/]+\/index\.ts$/.test(path) && !text(path).startsWith('/**'),
    )
    expect(silent).toEqual([])
  })
})

describe('every error', () => {
  const codes = Object.keys(errorCodes)
  const pages = readdirSync(join(root, 'docs', 'errors')).map((name) => name.replace(/\.md$/, ''))
  const named = new Set(
    sources
      .filter((path) => path !== 'core/error/codes.ts')
      .flatMap((path) => [...text(path).matchAll(/'(RD_[A-Z0-9_]+)'/g)].map(([, code]) => code!)),
  )

  test('has a page that says what to do, and every page is of an error', () => {
    expect(pages.sort()).toEqual([...codes].sort())
    const bare = pages.filter((code) => {
      const page = text(`docs/errors/${code}.md`)
      return !page.startsWith(`# ${code}\n`) || !page.includes('\nWhat to do')
    })
    expect(bare).toEqual([])
  })

  test('is raised somewhere, and none is raised that is not on the list', () => {
    expect([...named].sort()).toEqual([...codes].sort())
  })
})

test('the generated schemas are those of the .avsc files', () => {
  const schemas = join(root, 'schemas')
  const generated = join(schemas, 'generated')
  const files = readdirSync(generated).map((name) => [name, readFileSync(join(generated, name), 'utf8')])
  expect(Object.fromEntries(files)).toEqual(generate(schemas))
})

describe('each event is written by those that its topic.json names', () => {
  const schemas = join(root, 'schemas')
  const writers: Record<string, readonly string[]> = Object.assign(
    {},
    ...topicFolders(schemas).map((folder) => loadTopic(schemas, folder).writers),
  )

  test('and each event type has its writers', () => {
    const types = topicFolders(schemas).flatMap((folder) =>
      readdirSync(join(schemas, folder)).flatMap((name) => /^(.*)\.avsc$/.exec(name)?.[1] ?? []),
    )
    expect(Object.keys(writers).sort()).toEqual(types.sort())
  })

  test('as the processors declare', () => {
    // Only what they declare is looked at, so nothing is given that they would need to run.
    const declared = Object.values(processors).map((make) =>
      (make as unknown as (needs: object) => Processor<unknown, never, never>)({}),
    )
    for (const { name, writes } of declared)
      for (const type of writes as readonly string[])
        expect(writers[type], `${name} declares that it writes ${type}`).toContain(name)
  })

  test('as the code does', () => {
    // What the intake writes is said by the ways in that use it.
    const writerOf = (path: string): string | undefined =>
      path.startsWith('producers/intake/')
        ? 'scp'
        : path === 'infra/kafka/deadLetters.ts'
          ? 'runtime'
          : /^(?:producers|processors)\/([^/]+)\//.exec(path)?.[1]
    const found: Record<string, string[]> = Object.fromEntries(Object.keys(writers).map((type) => [type, []]))
    for (const path of sources)
      for (const [, type] of text(path).matchAll(/\btype: '([A-Z]\w+)'/g)) {
        const writer = writerOf(path)
        expect(writer, `${path} makes ${type}`).toBeDefined()
        if (!found[type!]?.includes(writer!)) found[type!]?.push(writer!)
      }
    const sorted = (lists: Record<string, readonly string[]>): object =>
      Object.fromEntries(Object.entries(lists).map(([type, names]) => [type, [...names].sort()]))
    expect(sorted(found)).toEqual(sorted({ ...writers, ...notYet }))
  })
})

test('what package.json starts exists', () => {
  const { bin, scripts } = JSON.parse(text('package.json')) as {
    bin: Record<string, string>
    scripts: Record<string, string>
  }
  const files = [
    ...Object.values(bin),
    ...Object.values(scripts).flatMap((line) => line.match(/\S+\.(mjs|ts)\b/g) ?? []),
  ]
  expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([])
})
