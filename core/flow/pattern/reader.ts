import { PatternError } from './syntax.ts'

/** Goes through the source of an expression, code point by code point. */
export class Reader {
  at = 0
  /** Groups that are open. */
  depth = 0
  readonly #source: string
  readonly #names = new Set<string>()

  constructor(source: string) {
    this.#source = source
  }

  /** The code point `ahead` places on, without taking it. */
  peek(ahead = 0): string | undefined {
    const at = this.at + ahead
    return at < this.#source.length ? String.fromCodePoint(this.#source.codePointAt(at)!) : undefined
  }

  /** Takes one code point. */
  next(): string | undefined {
    const char = this.peek()
    this.at += char?.length ?? 0
    return char
  }

  /** Takes `text` where it stands next. */
  skip(text: string): boolean {
    if (!this.#source.startsWith(text, this.at)) return false
    this.at += text.length
    return true
  }

  /** Takes what `pattern` matches here; '' where it does not. */
  take(pattern: RegExp): string {
    const sticky = new RegExp(pattern.source, 'uy')
    sticky.lastIndex = this.at
    const found = sticky.exec(this.#source)?.[0] ?? ''
    this.at += found.length
    return found
  }

  /** What has not been taken yet. */
  rest(): string {
    return this.#source.slice(this.at)
  }

  /** A group's name may be given once. */
  nameGroup(name: string, at: number): void {
    if (this.#names.has(name)) throw new PatternError(`the group name "${name}" is given twice`, at)
    this.#names.add(name)
  }
}
