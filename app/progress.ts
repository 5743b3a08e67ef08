/** What a long command shows while it works. */
export interface View {
  /** What goes on under a name now; replaces what went on under it before. */
  step(name: string, detail?: string): void
  /** What came of it. */
  done(name: string, detail?: string): void
  /** How far it is. */
  count(name: string, value: number, total: number): void
  /** Takes everything that still goes on as done. */
  settle(): void
  text(text: string): void
  /** Leaves the terminal as it was. */
  close(): void
}

/** Where a view writes: standard output, or something that a test can read. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** The columns of a line: since when, what, and how it goes. */
export const lineOf = (ms: number, name: string, detail: string): string =>
  `${(ms / 1000).toFixed(1).padStart(6)} s  ${name.padEnd(16)} ${detail}`.trimEnd()

/** The progress that setting up the servers reports, as steps of a view. */
export const progressOn =
  (view: View) =>
  (step: string, detail?: string): void =>
    detail === 'ready' || detail === 'running' ? view.done(step, detail) : view.step(step, detail)
