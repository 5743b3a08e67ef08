import { fit } from './cli/output.ts'
import { type Screen, type View, lineOf } from './progress.ts'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 100
const barWidth = 24
const escape = '\u001b['
const usualWidth = 80

/** A bar as wide as it always is. */
const barOf = (value: number, total: number): string => {
  const full = total > 0 ? Math.min(barWidth, Math.round((value / total) * barWidth)) : 0
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${value}/${total}`
}

/**
 * A view on a terminal. What is done is written once and scrolls away; below it stands a block with one
 * line for each thing that goes on, written anew in place. No line is wider than the terminal, so the block
 * has as many rows as lines.
 */
export const liveView = (screen: Screen, now: () => number): View => {
  const began = now()
  const going = new Map<string, string>()
  let rows = 0
  let frame = 0
  const line = (mark: string, name: string, detail: string): string =>
    fit(`${mark} ${lineOf(now() - began, name, detail)}`, screen.columns ?? usualWidth)
  const draw = (above = ''): void => {
    const block = [...going].map(([name, detail]) => `${line(frames[frame]!, name, detail)}\n`).join('')
    const back = rows > 0 ? `${escape}${rows}A${escape}J` : ''
    if (back + above + block !== '') screen.write(back + above + block)
    rows = going.size
  }
  const done = (name: string, detail = ''): void => {
    going.delete(name)
    draw(`${line('✓', name, detail)}\n`)
  }
  screen.write(`${escape}?25l`)
  const timer = setInterval(() => {
    frame = (frame + 1) % frames.length
    if (going.size > 0) draw()
  }, frameMs)
  timer.unref()
  const showCursor = (): void => void screen.write(`${escape}?25h`)
  process.once('exit', showCursor)
  return {
    step: (name, detail = '') => {
      going.set(name, detail)
      draw()
    },
    done,
    count: (name, value, total) => {
      going.set(name, barOf(value, total))
      draw()
    },
    settle: () => {
      for (const [name, detail] of [...going]) done(name, detail)
    },
    text: (text) => draw(`${text}\n`),
    close: () => {
      clearInterval(timer)
      going.clear()
      draw()
      process.off('exit', showCursor)
      showCursor()
    },
  }
}
