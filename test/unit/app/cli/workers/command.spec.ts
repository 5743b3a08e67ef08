import { expect, test } from 'vitest'
import { commandedText } from '../../../../../app/cli/workers/command.ts'

const drained = { workerId: 'gpu-0', status: 'drained', drained: true, slotsUsed: 0, changed: true } as const
const ready = { ...drained, status: 'ready', drained: false } as const

test.each([
  ['drain', drained, 'gpu-0 is drained, and runs nothing'],
  ['drain', { ...drained, status: 'draining', slotsUsed: 1 }, 'gpu-0 is drained, and still runs 1 model'],
  [
    'drain',
    { ...drained, slotsUsed: 2, changed: false },
    'gpu-0 is already drained, and still runs 2 models',
  ],
  ['drain', { ...drained, status: 'left' }, 'gpu-0 (left) is drained, and runs nothing'],
  ['drain', ready, 'the drain of gpu-0 is on the log; the tables do not show it yet (raddeploy status)'],
  ['resume', ready, 'gpu-0 gets models again'],
  ['resume', { ...ready, changed: false }, 'gpu-0 was not drained'],
  ['resume', { ...ready, status: 'silent' }, 'gpu-0 (silent) gets models again'],
] as const)('%s, and then %j: %s', (what, done, text) => expect(commandedText(what, done)).toBe(text))
