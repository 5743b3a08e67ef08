import { expect, test, vi } from 'vitest'
import { engineWatch } from '../../../../processors/worker/engineWatch.ts'

test('says whether the engine answers, and when it is back', async () => {
  const ping = vi.fn<() => Promise<string>>()
  const onReturn = vi.fn()
  const isThere = engineWatch({ ping }, 50, onReturn)
  ping.mockResolvedValue('OK')
  expect(await isThere()).toBe(true)
  expect(onReturn).not.toHaveBeenCalled()
  ping.mockRejectedValue(new Error('ENOENT'))
  expect(await isThere()).toBe(false)
  ping.mockReturnValue(new Promise(() => undefined))
  expect(await isThere()).toBe(false)
  expect(onReturn).not.toHaveBeenCalled()
  ping.mockResolvedValue('OK')
  expect(await isThere()).toBe(true)
  expect(await isThere()).toBe(true)
  expect(onReturn).toHaveBeenCalledTimes(1)
})
