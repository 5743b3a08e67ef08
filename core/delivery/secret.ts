import { type TextOrSecret } from '../flow/secret.ts'

/** Gives the value of a secret by its name; RD_CONFIG_INVALID, which names it, where there is none. */
export type SecretOf = (name: string) => string

/** Secrets as they are used: what was read is known, so that it can be kept out of what is written down. */
export class Secrets {
  readonly #secretOf: SecretOf
  readonly #used = new Set<string>()

  constructor(secretOf: SecretOf) {
    this.#secretOf = secretOf
  }

  /** The text itself, or the value of the secret that is named. */
  reveal(text: TextOrSecret): string {
    if (typeof text === 'string') return text
    const value = this.#secretOf(text.secret)
    if (value !== '') this.#used.add(value)
    return value
  }

  /** All texts of a map. */
  revealAll(texts: Readonly<Record<string, TextOrSecret>> = {}): Record<string, string> {
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, this.reveal(text)]))
  }

  /** A text without the secrets that were used: a destination may repeat what it was told. */
  hide(text: string): string {
    let hidden = text
    for (const value of [...this.#used].sort((a, b) => b.length - a.length))
      for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)])
        hidden = hidden.replaceAll(form, '***')
    return hidden
  }
}
