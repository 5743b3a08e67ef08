import { describe, expect, test } from 'vitest'
import { classify, status, statusText } from '../../../../core/dicom/status.ts'

describe('the status of a C-STORE', () => {
  test('is success for 0000 alone', () => {
    const successes = Array.from({ length: 0x10000 }, (_, code) => code).filter(
      (code) => classify(code) === 'success',
    )
    expect(successes).toEqual([0])
  })

  test('is a warning for 0001, 0107, 0116 and Bxxx', () => {
    const warnings = Array.from({ length: 0x10000 }, (_, code) => code).filter(
      (code) => classify(code) === 'warning',
    )
    expect(warnings).toEqual([
      0x0001,
      0x0107,
      0x0116,
      ...Array.from({ length: 0x1000 }, (_, low) => 0xb000 + low),
    ])
  })

  test('is a failure for what we refuse with, and for pending and cancel, which C-STORE does not know', () => {
    const { success, ...refusals } = status
    expect(classify(success)).toBe('success')
    for (const code of [...Object.values(refusals), 0xff00, 0xff01, 0xfe00, 0x1234])
      expect(classify(code), code.toString(16)).toBe('failure')
  })

  test('is written with its meaning', () => {
    expect(statusText(0xa7ff)).toBe('A7FFH refused: out of resources')
    expect(statusText(0x0122)).toBe('0122H SOP class not supported')
    expect(statusText(0xb123)).toBe('B123H warning of this service')
    expect(statusText(0xfe00)).toBe('FE00H failure')
  })
})
