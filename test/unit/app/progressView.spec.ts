import { describe, expect, test } from 'vitest'
import { progressOn } from '../../../app/progress.ts'
import { viewOf } from '../../../app/progressView.ts'

/** What a terminal shows of what was written to it: our cursor movements, carried out. */
const terminal = (columns: number) => {
  const lines: string[] = ['']
  let widest = 0
  const write = (text: string): void => {
    for (const [, up, erase, cursor, end, plain] of text.matchAll(
      /\u001b\[(?:(\d+)A|(J)|(\?25[lh]))|(\n)|([^\u001b\n]+)/g,
    ))
      if (up) lines.splice(lines.length - 1 - Number(up), Number(up))
      else if (end) lines.push('')
      else if (plain) {
        lines[lines.length - 1] += plain
        widest = Math.max(widest, lines.at(-1)!.length)
      } else if (!erase && !cursor) throw new Error('a movement this terminal does not know')
  }
  return { screen: { isTTY: true, columns, write }, shown: () => lines, widest: () => widest }
}

describe('on a terminal', () => {
  test('what goes on changes in place, and what is done stays above it', () => {
    const { screen, shown } = terminal(80)
    let now = 0
    const view = viewOf(screen, () => now)
    view.step('Kafka', 'bringing 46 jars')
    view.step('Go', 'bringing a newer toolchain')
    now = 2500
    view.step('Kafka', 'starting')
    view.done('Kafka', 'ready')
    expect(shown()).toEqual([
      '✓    2.5 s  Kafka            ready',
      '⠋    2.5 s  Go               bringing a newer toolchain',
      '',
    ])
    view.count('C-STORE', 54, 108)
    view.settle()
    view.text('that is all')
    view.close()
    expect(shown()).toEqual([
      '✓    2.5 s  Kafka            ready',
      '✓    2.5 s  Go               bringing a newer toolchain',
      '✓    2.5 s  C-STORE          ████████████░░░░░░░░░░░░ 54/108',
      'that is all',
      '',
    ])
  })

  test('no line is wider than the terminal, since a wrapped one could not be taken back', () => {
    const { screen, widest } = terminal(40)
    const view = viewOf(screen, () => 0)
    view.step('model image', 'x'.repeat(500))
    view.done('model image', 'y'.repeat(500))
    view.close()
    expect(widest()).toBe(40)
  })
})

test('elsewhere each step is one plain line', () => {
  let text = ''
  const view = viewOf({ write: (more) => (text += more) }, () => 0)
  const progress = progressOn(view)
  progress('Kafka', 'bringing 46 jars')
  progress('Kafka', 'ready')
  view.count('C-STORE', 1, 2)
  view.close()
  expect(text).toBe('   0.0 s  Kafka            bringing 46 jars\n   0.0 s  Kafka            ready\n')
})
