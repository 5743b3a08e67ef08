/** A regular expression of Python's `re` as a tree. Groups are gone: only whether it matches matters. */
export type Node =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly at: Place }
  | { readonly kind: 'look'; readonly ahead: boolean; readonly negated: boolean; readonly node: Node }

/** A position in the text: `^`, `$` and `\Z`, with and without (?m), and `\b`, `\B`. */
export type Place =
  | 'start'
  | 'lineStart'
  | 'beforeLastNewline'
  | 'lineEnd'
  | 'end'
  | 'boundary'
  | 'noBoundary'
  | 'asciiBoundary'
  | 'noAsciiBoundary'

/** One character out of (or, negated, outside) ranges of code points and classes such as `\d`. */
export interface CharacterSet {
  readonly negated: boolean
  readonly ranges: readonly (readonly [number, number])[]
  readonly classes: readonly CharacterClass[]
  readonly ignoreCase: boolean
  readonly ascii: boolean
}
export interface CharacterClass {
  readonly name: 'd' | 's' | 'w'
  readonly negated: boolean
}

/** What is wrong with an expression, and at which of its characters, from 0. */
export class PatternError extends Error {
  readonly at: number
  constructor(reason: string, at: number) {
    super(reason)
    this.at = at
  }
}
