import { expect } from 'vitest'
import { type Decider } from '../../core/decider/decider.ts'
import { type EventType, type Fact, type Recorded } from '../../core/event/event.ts'
import { eventId } from '../../core/event/id.ts'

const frozen = <T>(value: T): T => {
  if (value !== null && typeof value === 'object' && !(value instanceof Map) && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) frozen(inner)
  }
  return value
}

/**
 * Given events, when an event, then facts. Unasked it also checks that nothing given is changed, and that
 * deciding twice says the same under the same ids.
 */
export const spec = <S, In extends EventType, Out extends EventType, Known>(
  decider: Decider<S, In, Out, Known>,
  known?: Known,
) => {
  const fold = (events: readonly Recorded[]): S =>
    events.reduce(
      (state, event) => decider.evolve(state, frozen(event) as Recorded<In | Out>),
      decider.initial,
    )
  return {
    given: (...before: readonly Recorded[]) => ({
      state: () => fold(before),
      when: (event: Recorded) => {
        const decided = (): readonly Fact<Out>[] =>
          decider.decide(fold([...before, event]), event as Recorded<In>, known as Known)
        const facts = decided()
        expect(decided().map((fact) => eventId(event.meta.id, fact as Fact))).toEqual(
          facts.map((fact) => eventId(event.meta.id, fact as Fact)),
        )
        return {
          facts,
          then: (...wanted: readonly { type: Out; data: object }[]) => {
            expect(facts.map(({ type, data }) => ({ type, data }))).toEqual(
              wanted.map(({ type, data }) => ({ type, data: expect.objectContaining(data) as unknown })),
            )
          },
          thenNothing: () => expect(facts).toEqual([]),
        }
      },
    }),
  }
}
