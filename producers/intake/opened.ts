/**
 * The associations that this process has opened since it started: the reaper, which closes what an earlier process
 * left open, is to leave them alone.
 */
export class Opened {
  #ids: Set<string> | undefined = new Set()

  add(associationId: string): void {
    this.#ids?.add(associationId)
  }

  has(associationId: string): boolean {
    return this.#ids?.has(associationId) ?? false
  }

  /** Nobody will ask any more: what is open now is known. */
  forget(): void {
    this.#ids = undefined
  }
}
