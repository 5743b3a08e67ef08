import { describe, expect, test } from 'vitest'
import { isServed } from '../../../../producers/scp/contexts.ts'

describe('an abstract syntax is served', () => {
  test.each([
    ['verification', '1.2.840.10008.1.1'],
    ['CT Image Storage', '1.2.840.10008.5.1.4.1.1.2'],
    ['Spatial Registration Storage', '1.2.840.10008.5.1.4.1.1.66.1'],
    ['RT Beams Delivery Instruction Storage', '1.2.840.10008.5.1.4.34.7'],
    ['RT Brachy Application Setup Delivery Instruction Storage', '1.2.840.10008.5.1.4.34.10'],
    ['Hanging Protocol Storage', '1.2.840.10008.5.1.4.38.1'],
    ['Color Palette Storage', '1.2.840.10008.5.1.4.39.1'],
    ['Implant Template Group Storage', '1.2.840.10008.5.1.4.45.1'],
    ['Hardcopy Grayscale Image Storage', '1.2.840.10008.5.1.1.29'],
    ['a private class', '1.3.12.2.1107.5.9.1'],
  ])('that is %s', (_, uid) => expect(isServed(uid)).toBe(true))

  test.each([
    ['Study Root Query/Retrieve - FIND', '1.2.840.10008.5.1.4.1.2.2.1'],
    ['Modality Worklist', '1.2.840.10008.5.1.4.31'],
    ['Modality Performed Procedure Step', '1.2.840.10008.3.1.2.3.3'],
    ['Storage Commitment', '1.2.840.10008.1.20.1'],
    ['Unified Procedure Step - Push', '1.2.840.10008.5.1.4.34.6.1'],
    ['RT Conventional Machine Verification', '1.2.840.10008.5.1.4.34.8'],
    ['Hanging Protocol - FIND', '1.2.840.10008.5.1.4.38.2'],
    ['Basic Film Session', '1.2.840.10008.5.1.1.1'],
    ['Media Storage Directory', '1.2.840.10008.1.3.10'],
  ])('but not that is %s', (_, uid) => expect(isServed(uid)).toBe(false))
})
