/**
 * The reaper: closes the associations that an SCP left open when it was killed.
 * Reads arrivals; writes AssociationClosed (lost) for associations of its own SCP that nobody holds any more.
 * It runs inside the SCP's process, since only that knows which associations are alive.
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

export const reaper = ({
  scp,
  isAlive,
}: {
  readonly scp: string
  readonly isAlive: (associationId: string) => boolean
}): Processor<OpenAssociations, In, 'AssociationClosed'> => ({
  name: 'reaper',
  reads: ['AssociationOpened', 'InstanceStored', 'InstanceRefused', 'AssociationClosed'],
  writes: ['AssociationClosed'],
  scope: 'own',
  decider: {
    initial: { open: new Map() },
    evolve: (state, event) => fold(state, event as Recorded<In>),
    decide: () => [],
    pending: ({ open }) =>
      [...open.values()]
        .filter(({ opened }) => opened.data.scp === scp)
        .map(({ opened }) => ({ key: opened.stream, cause: opened })),
    isOpen: ({ open }, stream) => open.has(stream),
  },
  run: async function* ({ key, cause }, { state }) {
    const left = state.open.get(key)
    if (isAlive(key) || !left) return
    const reason = 'the SCP was not there any more when it was started again'
    yield {
      type: 'AssociationClosed',
      stream: cause.stream,
      data: {
        associationId: key,
        how: 'lost',
        stored: left.stored,
        refused: left.refused,
        reason,
        durationMs: 0,
      },
    }
  },
})
