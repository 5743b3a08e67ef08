import { expect, test } from 'vitest'
import { type Fact, type Recorded } from '../../../../core/event/event.ts'
import { reaper } from '../../../../processors/reaper/index.ts'
import { Opened } from '../../../../producers/intake/opened.ts'
import { an } from '../../../support/events.ts'

/** A reaper that starts on a log, and what it says each time it looks. */
const started = (opened: Opened, ...log: readonly Recorded[]) => {
  const processor = reaper('scp-1', opened)
  let state = processor.decider.initial
  const read = (...events: readonly Recorded[]): void => {
    for (const event of events) state = processor.decider.evolve(state, event as never)
  }
  const says = async (): Promise<Fact[]> => {
    const said = []
    const signal = new AbortController().signal
    for (const effect of processor.decider.pending!(state, undefined))
      for await (const fact of processor.run!(effect as never, { state, known: undefined, signal }))
        said.push(fact as Fact)
    return said
  }
  read(...log)
  return { read, says, restored: () => processor.restored!(() => state) }
}
const openedHere = (...ids: readonly string[]): Opened => {
  const opened = new Opened()
  for (const id of ids) opened.add(id)
  return opened
}

test('an association that its SCP left open is closed as lost, with what it had stored', async () => {
  const one = started(new Opened(), an.associationOpened(), an.instanceStored())
  expect(await one.says()).toEqual([])
  one.restored()
  expect(await one.says()).toMatchObject([
    { type: 'AssociationClosed', stream: 'association-1', data: { how: 'lost', stored: 1, refused: 0 } },
  ])
  one.read(an.associationClosed())
  expect(await one.says()).toEqual([])
})

test.each<[string, Opened, Recorded[]]>([
  ['this process has opened', openedHere('association-1'), [an.associationOpened()]],
  ['is closed', new Opened(), [an.associationOpened(), an.associationClosed()]],
  ['another SCP holds', new Opened(), [an.associationOpened({ scp: 'scp-2' })]],
])('an association that %s is left alone', async (_, opened, log) => {
  const one = started(opened, ...log)
  one.restored()
  expect(await one.says()).toEqual([])
})

test('what is opened after the start is left alone, also when the reaper reads from the beginning again', async () => {
  const one = started(new Opened())
  one.restored()
  one.read(an.associationOpened())
  expect(await one.says()).toEqual([])
  one.restored()
  expect(await one.says()).toEqual([])
})
