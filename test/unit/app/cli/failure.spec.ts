import { CommanderError } from '@commander-js/extra-typings'
import { describe, expect, test } from 'vitest'
import { failureOf, usageOf } from '../../../../app/cli/failure.ts'
import { RadDeployError } from '../../../../core/error/error.ts'

describe('a failure', () => {
  test('of ours is said with its code, message and facts', () =>
    expect(failureOf(new RadDeployError('RD_NOT_FOUND', 'there is no run x', { id: 'x' }))).toEqual({
      code: 'RD_NOT_FOUND',
      message: 'there is no run x',
      facts: { id: 'x' },
    }))

  test('that is a bug is said in one short line', () => {
    const { code, message } = failureOf(new TypeError(`${'x'.repeat(1000)}\nat line 2`))
    expect(code).toBe('RD_UNEXPECTED')
    expect(message).toBe('x'.repeat(300))
  })
})

describe('what the command line parser throws', () => {
  test('is a wrong use of the command', () =>
    expect(usageOf(new CommanderError(1, 'commander.unknownCommand', "error: unknown command 'x'"))).toEqual(
      expect.objectContaining({
        code: 'RD_USAGE',
        message: "unknown command 'x' (see raddeploy --help)",
      }),
    ))
  test('is nothing where it printed help or the version', () => {
    expect(usageOf(new CommanderError(0, 'commander.version', '0.1.0'))).toBeUndefined()
    expect(usageOf(new CommanderError(1, 'commander.help', '(outputHelp)'))).toBeUndefined()
  })
})
