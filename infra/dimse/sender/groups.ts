import { isConvertible, writable } from '../../../core/dicom/convert/syntaxes.ts'
import { type Proposal } from './associate.ts'
import { type Instance } from './instance.ts'

/** Presentation context ids are the odd numbers of one byte (PS3.8, 9.3.2.2). */
const mostContexts = 128

/** What goes over one association. */
export interface Group {
  readonly instances: readonly Instance[]
  readonly proposals: readonly Proposal[]
  /** The context of an instance's own transfer syntax. */
  contextOf(instance: Instance): Proposal
  /** The context in which the peer may say what else it takes. */
  otherwise(instance: Instance): Proposal | undefined
}

const pairOf = ({ sopClassUid, transferSyntaxUid }: Instance): string => `${sopClassUid} ${transferSyntaxUid}`

/**
 * As many instances as need no more presentation contexts than one association can have: one for each pair of SOP
 * class and transfer syntax, with that syntax alone, and one more for each SOP class with what its instances can be
 * converted to without loss.
 */
export const groups = (instances: readonly Instance[]): readonly Group[] => {
  const found: Collected[] = []
  for (const instance of instances) {
    const last = found.at(-1)
    if (last?.takes(instance)) last.add(instance)
    else found.push(new Collected(instance))
  }
  return found.map((one) => one.group())
}

class Collected {
  readonly #instances: Instance[] = []
  readonly #pairs = new Map<string, Instance>()
  /** Syntaxes that instances of each SOP class are stored in. */
  readonly #stored = new Map<string, Set<string>>()

  constructor(first: Instance) {
    this.add(first)
  }

  takes(instance: Instance): boolean {
    if (this.#pairs.has(pairOf(instance))) return true
    const more = this.#stored.has(instance.sopClassUid) ? 1 : 2
    return this.#pairs.size + this.#stored.size + more <= mostContexts
  }

  add(instance: Instance): void {
    const { sopClassUid, transferSyntaxUid } = instance
    this.#instances.push(instance)
    this.#pairs.set(pairOf(instance), instance)
    const stored = this.#stored.get(sopClassUid) ?? new Set()
    this.#stored.set(sopClassUid, stored.add(transferSyntaxUid))
  }

  group(): Group {
    let next = 1
    const propose = (abstractSyntaxUid: string, transferSyntaxUids: readonly string[]): Proposal => {
      const proposal = { id: next, abstractSyntaxUid, transferSyntaxUids }
      next += 2
      return proposal
    }
    const own = new Map(
      [...this.#pairs].map(([pair, { sopClassUid, transferSyntaxUid }]) => [
        pair,
        propose(sopClassUid, [transferSyntaxUid]),
      ]),
    )
    const others = new Map<string, Proposal>()
    for (const [sopClassUid, stored] of this.#stored) {
      const syntaxes = writable.filter((to) => [...stored].some((from) => isConvertible(from, to)))
      if (syntaxes.length > 0) others.set(sopClassUid, propose(sopClassUid, syntaxes))
    }
    return {
      instances: this.#instances,
      proposals: [...own.values(), ...others.values()],
      contextOf: (instance) => own.get(pairOf(instance))!,
      otherwise: ({ sopClassUid }) => others.get(sopClassUid),
    }
  }
}
