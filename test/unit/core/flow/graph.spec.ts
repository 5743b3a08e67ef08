import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cycleOf, edgesOf, levels, type Mounted, mountFaults, ready } from '../../../../core/flow/graph.ts'

const model = (reads: string, writes: string, name?: string): Mounted => ({
  ...(name !== undefined && { name }),
  input_mounts: Object.fromEntries(
    reads
      .split(' ')
      .filter(Boolean)
      .map((mount) => [mount, `/in/${mount}`]),
  ),
  output_mounts: Object.fromEntries(
    writes
      .split(' ')
      .filter(Boolean)
      .map((mount) => [mount, `/out/${mount}`]),
  ),
})
const flow = (...models: Mounted[]): { models: Mounted[] } => ({ models })
const reasons = (...models: Mounted[]): readonly string[] =>
  mountFaults(flow(...models)).map(({ reason }) => reason)

const fiveFolds = flow(
  model('src', 'registered'),
  ...[0, 1, 2, 3, 4].map((fold) => model('registered', `fold${fold}`)),
  model('fold0 fold1 fold2 fold3 fold4 src', 'dst'),
)

describe('a model can start when all its inputs are there', () => {
  test.each([
    [['src'], [], [0]],
    [['src'], [0], []],
    [['src', 'registered'], [0], [1, 2, 3, 4, 5]],
    [
      ['src', 'registered'],
      [0, 1, 3],
      [2, 4, 5],
    ],
    [['src', 'registered', 'fold0', 'fold1', 'fold2', 'fold3'], [0, 1, 2, 3, 4, 5], []],
    [['src', 'registered', 'fold0', 'fold1', 'fold2', 'fold3', 'fold4'], [0, 1, 2, 3, 4, 5], [6]],
  ])('with %j there and %j begun: %j', (available, begun, started) =>
    expect(ready(fiveFolds, available, begun)).toEqual(started),
  )

  test('levels are what can run side by side', () => {
    expect(levels(fiveFolds)).toEqual([[0], [1, 2, 3, 4, 5], [6]])
  })
})

describe('what is wrong with the mounts', () => {
  test.each([
    [[model('src', 'dst')], []],
    [[model('src', 'dst'), model('src', '')], []],
    [[], []],
    [[model('src', 'dst a')], ['no model reads "a"; only "dst" is sent']],
    [
      [model('src', 'a')],
      ['no model reads "a"; only "dst" is sent', '"dst" is missing: no model writes what is to be sent'],
    ],
    [[model('src x', 'dst')], ['no model writes "x"']],
    [[model('', 'dst')], ['"src" is missing: no model reads what was received']],
    [[model('src', 'dst src')], ['"src" is what was received and cannot be written']],
    [[model('src dst', 'dst')], ['"dst" is what is sent and cannot be read by a model']],
    [
      [model('src', 'dst'), model('src', 'dst')],
      ['"dst" is already written by models[0]; a name is written once'],
    ],
    [
      [model('src', 'a', 'one'), model('src', 'a'), model('a', 'dst')],
      ['"a" is already written by models[0] (one); a name is written once'],
    ],
    [[model('src a', 'a dst')], ['the model needs its own output "a"']],
    [
      [model('src c', 'a'), model('a', 'b', 'two'), model('b', 'c dst')],
      ['the models wait for each other: models[0] -a→ models[1] (two) -b→ models[2] -c→ models[0]'],
    ],
  ])('%#: %j', (models, expected) => expect(reasons(...models)).toEqual(expected))

  test('two mounts cannot have one path', () => {
    const twice = { input_mounts: { src: '/data' }, output_mounts: { dst: '/data' } }
    expect(reasons(twice)).toEqual(['"src" is already mounted at /data'])
  })
})

/** A random flow whose edges all lead forward, with its models shuffled. */
const acyclic = fc
  .tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.array(fc.tuple(fc.nat(8), fc.nat(8)), { maxLength: 25 }),
    fc.infiniteStream(fc.nat()),
  )
  .map(([size, pairs, shuffle]) => {
    const edges = pairs
      .map(([a, b]) => [Math.min(a, b) % size, Math.max(a, b) % size] as const)
      .filter(([a, b]) => a < b)
    const order = [...Array(size).keys()]
      .map((i) => [shuffle.next().value, i] as const)
      .sort(([a], [b]) => a - b)
    return flow(
      ...order.map(([, i]) =>
        model(
          ['src', ...edges.filter(([, to]) => to === i).map(([from]) => `m${from}`)].join(' '),
          i === size - 1 ? `m${i} dst` : `m${i}`,
        ),
      ),
    )
  })

describe('for every flow without a cycle', () => {
  test('running what is ready runs each model once, after those it needs, until all are done', () => {
    fc.assert(
      fc.property(acyclic, fc.infiniteStream(fc.nat()), (graph, chance) => {
        const available = new Set(['src'])
        const running = new Set<number>()
        const begun = new Set<number>()
        const order: number[] = []
        for (;;) {
          for (const index of ready(graph, available, begun)) {
            expect(begun.has(index)).toBe(false)
            begun.add(index)
            running.add(index)
          }
          const next = [...running][chance.next().value % Math.max(running.size, 1)]
          if (next === undefined) break
          running.delete(next)
          order.push(next)
          for (const mount of Object.keys(graph.models[next]!.output_mounts)) available.add(mount)
        }
        expect([...order].sort((a, b) => a - b)).toEqual(graph.models.map((_, i) => i))
        for (const { from, to } of edgesOf(graph)) expect(order.indexOf(from)).toBeLessThan(order.indexOf(to))
        expect(cycleOf(graph)).toBeUndefined()
        expect(levels(graph).flat()).toHaveLength(graph.models.length)
      }),
    )
  })

  test('an edge back from a model to one it needs closes a cycle, and that cycle is found', () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), (graph, pick) => {
        const edges = edgesOf(graph)
        fc.pre(edges.length > 0)
        const { from, to } = edges[pick % edges.length]!
        const back = graph.models.map((one, i) => {
          if (i === to) return { ...one, output_mounts: { ...one.output_mounts, back: '/out/back' } }
          return i === from ? { ...one, input_mounts: { ...one.input_mounts, back: '/in/back' } } : one
        })
        const cycle = cycleOf({ models: back })!
        expect(cycle.map(({ to }) => to)).toEqual([...cycle.slice(1).map(({ from }) => from), cycle[0]!.from])
        expect(cycle.map(({ mount }) => mount)).toContain('back')
      }),
    )
  })
})
