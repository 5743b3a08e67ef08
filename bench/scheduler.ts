/**
 * How fast the scheduler decides, its pure code alone: `node --import tsx bench/scheduler.ts`.
 * 833 runs of twelve models in four chains that end in one; each model that is queued finishes, until all runs have.
 */
import { type Fact, type Recorded } from '../core/event/event.ts'
import { parseFlow } from '../core/flow/parse.ts'
import { processors } from '../processors/index.ts'
import { type ObjectStore } from '../infra/s3/store.ts'
import { mount, recorded, report } from './dispatcher/load.ts'

const chain = (name: string): string =>
  ['src', `${name}1`, `${name}2`]
    .map(
      (input, index) => `
  - { docker_kwargs: { image: i }, input_mounts: { ${input}: /in }, output_mounts: { ${name}${index + 1}: /out } }`,
    )
    .join('')
const yaml = `
name: twelve
triggers: [{ Modality: [CT] }]
models:${['a', 'b', 'c'].map(chain).join('')}
  - { docker_kwargs: { image: i }, input_mounts: { a3: /a, b3: /b }, output_mounts: { ab: /out } }
  - { docker_kwargs: { image: i }, input_mounts: { c3: /c }, output_mounts: { c4: /out } }
  - { docker_kwargs: { image: i }, input_mounts: { ab: /ab, c4: /c }, output_mounts: { dst: /out } }`
const definition = JSON.stringify(parseFlow(yaml, 'bench.yaml').flow)

// no model has a condition, so nothing is read
const { decider } = processors.scheduler({ store: undefined as unknown as ObjectStore })
const states = new Map<string, typeof decider.initial>()
const queued: Fact<'ModelQueued'>[] = []
let events = 0
let decisions = 0

const take = (event: Recorded): void => {
  const before = states.get(event.stream) ?? decider.initial
  const state = decider.evolve(before, event as Parameters<typeof decider.evolve>[1])
  states.set(event.stream, state)
  events += 1
  const facts = decider.decide(state, event as Parameters<typeof decider.decide>[1], undefined)
  decisions += facts.length
  for (const fact of facts) if (fact.type === 'ModelQueued') queued.push(fact as Fact<'ModelQueued'>)
}

const peer = { aeTitle: 'BENCH', host: '127.0.0.1' }
const began = performance.now()
for (let index = 0; index < 833; index += 1) {
  const runId = `run-${index}`
  const names = { flowName: 'twelve', flowVersion: '', flowHash: 'bench', definition }
  const from = {
    bundleId: runId,
    calling: peer,
    calledAeTitle: 'BENCH',
    input: mount,
    rerunOf: null,
    lineage: [],
  }
  take(recorded({ type: 'RunCreated', stream: runId, data: { runId, ...names, ...from } }))
}
for (let next = queued.shift(); next; next = queued.shift()) {
  const { runId, jobId, attempt, spec } = next.data
  const outputs = Object.keys((JSON.parse(spec) as { output_mounts: object }).output_mounts)
  const ended = { runId, jobId, attempt, workerId: 'w', exitCode: 0, durationMs: 1, log: null }
  const data = {
    ...ended,
    ...{ stepHash: null, reusedFrom: null, outputs: outputs.map((name) => ({ ...mount, name })) },
  }
  take(recorded(next))
  take(recorded({ type: 'ModelFinished', stream: runId, data }))
}
report('833 runs of twelve models', { events, decisions, ms: performance.now() - began })
