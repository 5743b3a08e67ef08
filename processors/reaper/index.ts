/**
 * The reaper: closes the associations that an SCP left open when it was killed.
 * Reads arrivals; writes AssociationClosed (lost) for associations of its own SCP that were open on the log when it
 * started. It runs inside the SCP's process, since only that knows which of these it has opened itself meanwhile;
 * what it opens later it closes itself.
 */
import { type Recorded } from '../../core/event/event.ts'
import { type Processor } from '../runtime/processor.ts'

type In = 'AssociationOpened' | 'InstanceStored' | 'InstanceRefused' | 'AssociationClosed'

interface Open {
  readonly opened: Recorded<'AssociationOpened'>
  readonly stored: number
  readonly refused: number
}
/** The associations of every SCP that are open on the log, by id. */
export interface OpenAssociations {
  readonly open: ReadonlyMap<string, Open>
}

/** What the process of an SCP has opened itself since it started; `forget` says that nobody will ask again. */
export interface OpenedHere {
  has(associationId: string): boolean
  forget(): void
}

const fold = ({ open }: OpenAssociations, event: Recorded<In>): OpenAssociations => {
  const known = open.get(event.stream)
  const next = new Map(open)
  if (event.type === 'AssociationClosed') next.delete(event.stream)
  else if (event.type === 'AssociationOpened')
    next.set(event.stream, { opened: event, stored: 0, refused: 0 })
  else if (!known) return { open }
  else if (event.type === 'InstanceStored') next.set(event.stream, { ...known, stored: known.stored + 1 })
  else next.set(event.stream, { ...known, refused: known.refused + 1 })
  return { open: next }
}

/** The reaper of the SCP of that name. */
export const reaper = (
  scp: string,
  here: OpenedHere,
): Processor<OpenAssociations, In, 'AssociationClosed'> => {
  /** What an earlier process left; known once all is read that was on the log at the start. */
  let left: ReadonlySet<string> | undefined
  return {
    name: 'reaper',
    reads: ['AssociationOpened', 'InstanceStored', 'InstanceRefused', 'AssociationClosed'],
    writes: ['AssociationClosed'],
    scope: 'own',
    decider: {
      initial: { open: new Map() },
      evolve: (state, event) => fold(state, event as Recorded<In>),
      decide: () => [],
      pending: ({ open }) =>
        [...(left ?? [])].flatMap((id) => {
          const one = open.get(id)
          return one ? [{ key: id, cause: one.opened }] : []
        }),
      isOpen: ({ open }, stream) => open.has(stream),
    },
    restored: (state) => {
      // where it loses its place among the readers and starts anew, nothing more is left than at first
      if (left) return
      const isLeft = ({ opened }: Open): boolean => opened.data.scp === scp && !here.has(opened.stream)
      left = new Set([...state().open.values()].filter(isLeft).map(({ opened }) => opened.stream))
      here.forget()
    },
    run: async function* ({ key, cause }, { state }) {
      const { stored = 0, refused = 0 } = state.open.get(key) ?? {}
      const reason = 'the SCP was not there any more when it was started again'
      const data = { associationId: key, how: 'lost', stored, refused, reason, durationMs: 0 } as const
      yield { type: 'AssociationClosed', stream: cause.stream, data }
    },
  }
}
