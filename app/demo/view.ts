import { SingleBar } from 'cli-progress'

/** What the demonstration shows while it works: one line a step, with the seconds since it began. */
export interface View {
  step(name: string, detail?: string): void
  /** A bar on a terminal, one line at its end elsewhere. */
  bar(name: string, total: number): { advance(): void; done(detail: string): void }
  text(text: string): void
}

/** A view on standard output. */
export const terminalView = (): View => {
  const began = performance.now()
  const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s`
  const step = (name: string, detail = ''): void => {
    process.stdout.write(`${seconds()}  ${name.padEnd(18)} ${detail}\n`)
  }
  return {
    step,
    bar: (name, total) => {
      if (!process.stdout.isTTY) return { advance: () => undefined, done: (detail) => step(name, detail) }
      const bar = new SingleBar({
        format: `${seconds()}  ${name.padEnd(18)} {bar} {value}/{total}`,
        clearOnComplete: true,
        hideCursor: true,
      })
      bar.start(total, 0)
      return {
        advance: () => bar.increment(),
        done: (detail) => {
          bar.stop()
          step(name, detail)
        },
      }
    },
    text: (text) => void process.stdout.write(`${text}\n`),
  }
}
