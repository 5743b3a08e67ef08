import { expect, test } from 'vitest'
import { commandedText } from '../../../../../app/cli/deliveries/command.ts'
import { placeOf } from '../../../../../app/cli/deliveries/place.ts'

const done = {
  deliveryId: '0123456789',
  status: 'pending',
  to: 'TPS@tps:104',
  asked: true,
  answered: true,
} as const
const to = placeOf('PACS@pacs:104')

test('what has come of a command is a line for each delivery', () => {
  expect(
    commandedText({ do: 'retry' }, [done, { ...done, status: 'finished', asked: false, answered: false }]),
  ).toBe('01234567 is tried again now, to TPS@tps:104\n01234567 is finished: every instance has arrived')
  expect(commandedText({ do: 'redirect', to }, [done])).toBe('01234567 goes to PACS@pacs:104 from now on')
  expect(commandedText({ do: 'drop' }, [{ ...done, status: 'dropped' }])).toBe(
    '01234567 is dropped: what has not arrived is not sent',
  )
})

test('what the SCU has not answered yet is said to be on the log', () =>
  expect(commandedText({ do: 'drop' }, [{ ...done, answered: false }])).toBe(
    'the drop of 01234567 is on the log; the SCU has not answered yet (raddeploy status)',
  ))

test('where no delivery was meant it says so', () =>
  expect(commandedText({ do: 'retry' }, [])).toBe('there is no such delivery'))
