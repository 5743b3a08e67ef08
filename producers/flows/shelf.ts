import { isRadDeployError, messageOf } from '../../core/error/error.ts'
import { problemText } from '../../core/flow/problem.ts'
import { applyFlow } from './apply.ts'
import { type Brought, gone, news } from './changes.ts'
import { isSettled } from './folder.ts'
import { type FlowParts, type KnownFlow, type KnownFlows } from './known.ts'
import { type FlowFile, type FlowFiles, type Source, filesIn, flowsOf, sourceOf } from './read.ts'

/** What may be otherwise soon; anything else would come again for the same file. */
const passing = ['RD_KAFKA_UNAVAILABLE', 'RD_REGISTRY_UNAVAILABLE'] as const

/** What a shelf needs to apply flows. */
export type ShelfParts = Pick<FlowParts, 'emit' | 'user' | 'logger'>

/** The files of a folder as last seen, and what of them has been applied. */
export class Shelf {
  readonly #folder: string
  readonly #parts: ShelfParts
  readonly #onTheLog: () => KnownFlows
  readonly #named = new Set<string>()
  readonly #sources = new Map<string, Source>()
  readonly #brought = new Map<string, Brought>()
  readonly #own = new Map<string, KnownFlow>()
  #before: FlowFiles = { flows: [], problems: [] }
  #isFirst = true

  constructor(folder: string, parts: ShelfParts, onTheLog: () => KnownFlows) {
    this.#folder = folder
    this.#parts = parts
    this.#onTheLog = onTheLog
  }

  /** Notes a file that was written, made or removed. */
  heard(file: string): void {
    this.#named.add(file)
  }

  /**
   * Looks at what was heard of, says what is wrong with it, and applies what is new. Rejects where that may be tried
   * again.
   * @returns whether files are still being written, and have to be looked at again
   */
  async bring(): Promise<boolean> {
    const files = [...this.#named]
    this.#named.clear()
    await Promise.all(files.map((file) => this.#look(file)))
    const now = flowsOf([...this.#sources.values()].sort((a, b) => (a.file < b.file ? -1 : 1)))
    await this.#tell(now)
    for (const one of now.flows) {
      const { file, hash, flow } = one
      if (this.#brought.get(flow.name)?.hash === hash) continue
      await this.#apply(one)
      this.#brought.set(flow.name, { file, hash })
    }
    this.#isFirst &&= this.#named.size > 0
    return this.#named.size > 0
  }

  async #look(file: string): Promise<void> {
    if (!(await isSettled(this.#folder, file))) return this.heard(file)
    const source = await sourceOf(this.#folder, file)
    if (source) this.#sources.set(file, source)
    else this.#sources.delete(file)
  }

  async #tell(now: FlowFiles): Promise<void> {
    const { logger } = this.#parts
    for (const problem of news(this.#before.problems, now.problems))
      logger.error(problem, problemText(problem))
    this.#before = now
    const names = gone(this.#brought, now, this.#sources)
    if (names.length === 0 || !(await this.#isWhole())) return
    for (const name of names) {
      this.#brought.delete(name)
      logger.warn(
        { flow: name },
        `${name} has no file any more; it stays in force until: flows retire ${name}`,
      )
    }
  }

  /** Whether all that is there has been heard of: a file that was moved goes before it comes. */
  async #isWhole(): Promise<boolean> {
    const files = await filesIn(this.#folder).catch(() => [])
    return files.every((file) => this.#sources.has(file))
  }

  async #apply(one: FlowFile): Promise<void> {
    const { logger } = this.#parts
    const { name } = one.flow
    const inForce = this.#inForce(name)
    const says = { flow: name, file: one.file, hash: one.hash }
    // Who retired it knew this very definition; to start again is no reason to bring it back.
    if (this.#isFirst && inForce?.retired && inForce.hash === one.hash) {
      logger.warn(says, `${name} was retired and stays so until: flows apply ${one.file}`)
      return
    }
    try {
      const { applied, known } = await applyFlow(one, inForce, this.#parts)
      this.#own.set(name, known)
      logger.info({ ...says, version: applied.version }, `${name} ${applied.change}`)
    } catch (error) {
      if (passing.some((code) => isRadDeployError(error, code))) throw error
      logger.error({ ...says, error: messageOf(error) }, `${name} cannot be applied`)
    }
  }

  /** What we wrote ourselves may not have come back yet. */
  #inForce(name: string): KnownFlow | undefined {
    const [own, read] = [this.#own.get(name), this.#onTheLog().get(name)]
    return own && (!read || own.offset > read.offset) ? own : read
  }
}
