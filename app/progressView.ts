import { type Screen, type View, lineOf } from './progress.ts'
import { liveView } from './progressLive.ts'

/** A view on a terminal: lines that go on change in place. Elsewhere one plain line for each step. */
export const viewOf = (screen: Screen = process.stdout, now = (): number => performance.now()): View =>
  screen.isTTY ? liveView(screen, now) : plainView(screen, now)

const plainView = (screen: Screen, now: () => number): View => {
  const began = now()
  const line = (name: string, detail = ''): void =>
    void screen.write(`${lineOf(now() - began, name, detail)}\n`)
  return {
    step: line,
    done: line,
    count: () => undefined,
    settle: () => undefined,
    text: (text) => void screen.write(`${text}\n`),
    close: () => undefined,
  }
}
