import { describe, expect, test } from 'vitest'
import { program } from '../../app/commands.ts'
import { shapes } from './shapes.ts'

interface Leaf {
  readonly name: string
  readonly command: typeof program
}

const leaves = (command: typeof program, path: readonly string[] = []): readonly Leaf[] =>
  command.commands.flatMap((child) => {
    const name = [...path, child.name()]
    const below = leaves(child as typeof program, name)
    return below.length > 0 ? below : [{ name: name.join(' '), command: child as typeof program }]
  })
const all = leaves(program)

/** What starts something and prints no data. */
const starters = ['up', 'run', 'demo']

describe('the command line', () => {
  test('has the commands that scripts and people know', () =>
    expect(all.map(({ name }) => name)).toEqual([
      'up',
      'run',
      'demo',
      'status',
      'send',
      'flows validate',
      'flows test',
      'flows apply',
      'flows pause',
      'flows resume',
      'flows retire',
      'flows list',
      'flows show',
      'flows history',
      'flows schema',
      'flows graph',
      'associations list',
      'runs list',
      'runs show',
      'runs logs',
      'runs cancel',
      'deliveries list',
      'deliveries show',
      'deliveries retry',
      'deliveries redirect',
      'deliveries drop',
      'destinations list',
      'destinations pause',
      'destinations resume',
      'workers list',
      'workers drain',
      'workers resume',
      'events tail',
      'events show',
      'projections rebuild',
      'projections digest',
    ]))

  test.each(all)('$name says what it does, and what each argument and option is', ({ command }) => {
    expect(command.description()).not.toBe('')
    for (const argument of command.registeredArguments) expect(argument.description).not.toBe('')
    for (const option of command.options) expect(option.description).not.toBe('')
  })

  test.each(all.filter(({ name }) => !starters.includes(name)))('$name takes --json', ({ command }) =>
    expect(command.options.map(({ long }) => long)).toContain('--json'),
  )

  test('has an agreed shape for what each prints with --json', () =>
    expect(Object.keys(shapes).sort()).toEqual(
      [...all.map(({ name }) => name).filter((name) => !starters.includes(name)), 'error'].sort(),
    ))

  test('has the help of each command as agreed', () => {
    const width = { helpWidth: 100 }
    const help = all.map(({ name, command }) => {
      command.configureHelp(width)
      return `$ raddeploy ${name} --help\n${command.helpInformation()}`
    })
    return expect(help.join('\n')).toMatchFileSnapshot('help.txt')
  })
})
