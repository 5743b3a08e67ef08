import { expect, test } from 'vitest'
import { type Recorded } from '../../../../core/event/event.ts'
import { reaper } from '../../../../processors/reaper/index.ts'
import { an } from '../../../support/events.ts'

const fold = (processor: ReturnType<typeof reaper>, ...events: readonly Recorded[]) =>
  events.reduce((state, event) => processor.decider.evolve(state, event as never), processor.decider.initial)

const facts = async (isAlive: boolean, ...events: readonly Recorded[]) => {
  const processor = reaper({ scp: 'scp-1', isAlive: () => isAlive })
  const state = fold(processor, ...events)
  const said = []
  for (const effect of processor.decider.pending!(state, undefined))
    for await (const fact of processor.run!(effect as never, {
      state,
      known: undefined,
      signal: new AbortController().signal,
    }))
      said.push(fact)
  return said
}

test('an association that its SCP left open is closed as lost, with what it had stored', async () =>
  expect(await facts(false, an.associationOpened(), an.instanceStored())).toMatchObject([
    { type: 'AssociationClosed', stream: 'association-1', data: { how: 'lost', stored: 1, refused: 0 } },
  ]))

test('an association that is alive, closed, or held by another SCP is left alone', async () => {
  expect(await facts(true, an.associationOpened())).toEqual([])
  expect(await facts(false, an.associationOpened(), an.associationClosed())).toEqual([])
  expect(await facts(false, an.associationOpened({ scp: 'scp-2' }))).toEqual([])
})
