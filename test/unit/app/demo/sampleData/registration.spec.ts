import { expect, test } from 'vitest'
import { type Dataset } from '../../../../../app/demo/sampleData/part10.ts'
import { spatialRegistration } from '../../../../../app/demo/sampleData/registration.ts'
import { uidIn } from '../../../../../app/demo/sampleData/study.ts'
import { cbctToCt } from '../../../../../app/demo/sampleData/write.ts'

const study = { name: 'TEST', description: 'test', salt: '' }
const image = (frame: string): Dataset => ({
  SOPClassUID: '1.2',
  SOPInstanceUID: `1.2.${frame}`,
  SeriesInstanceUID: `1.3.${frame}`,
  FrameOfReferenceUID: frame,
})
const registration = spatialRegistration(study, 3, 'planning', [image('1')], {
  images: [image('2')],
  toFixed: cbctToCt,
})

test('a registration stands in the frame of the fixed images and has an item for each frame', () => {
  expect(registration['FrameOfReferenceUID']).toBe(uidIn(study, 'frame', 'planning'))
  const items = registration['RegistrationSequence'] as Dataset[]
  expect(items.map((item) => item['FrameOfReferenceUID'])).toEqual(['1', '2'])
})

test('the moving item has the rigid matrix, each element short enough for a decimal string', () => {
  const items = registration['RegistrationSequence'] as Dataset[]
  const steps = items[1]!['MatrixRegistrationSequence'] as { MatrixSequence: Dataset[] }[]
  const matrix = steps[0]!.MatrixSequence[0]!['FrameOfReferenceTransformationMatrix'] as string[]
  expect(matrix).toHaveLength(16)
  for (const [n, text] of matrix.entries()) {
    expect(text.length).toBeLessThanOrEqual(16)
    expect(Number(text)).toBeCloseTo(cbctToCt[n]!, 6)
  }
})
