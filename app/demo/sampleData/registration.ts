import { decimal, type Dataset } from './part10.ts'
import { common, uidIn, type Study } from './study.ts'
import { identity, type Matrix } from './transform.ts'

/** Images in their own frame of reference, and the matrix (mm) that takes their points to the fixed frame. */
export interface Registered {
  readonly images: readonly Dataset[]
  readonly toFixed: Matrix
}

/**
 * A Spatial Registration (PS3.3 A.39.1, C.20.2): the frame of `fixed` is the object's own, the points of
 * `moving` are taken there by its rigid matrix.
 */
export const spatialRegistration = (
  study: Study,
  number: number,
  frame: string,
  fixed: readonly Dataset[],
  moving: Registered,
): Dataset => ({
  ...common(
    study,
    {
      number,
      name: 'registration',
      description: 'CBCT to planning CT',
      modality: 'REG',
      sopClassUid: '1.2.840.10008.5.1.4.1.1.66.1',
      frame,
    },
    1,
  ),
  ContentLabel: 'REGISTRATION',
  ContentDescription: 'Rigid, known from how the CBCT was computed',
  ContentCreatorName: '',
  RegistrationSequence: [member({ images: fixed, toFixed: identity }), member(moving)],
  ReferencedSeriesSequence: [fixed, moving.images].map((images) => ({
    SeriesInstanceUID: images[0]!['SeriesInstanceUID'],
    ReferencedInstanceSequence: images.map(reference),
  })),
  FrameOfReferenceUID: uidIn(study, 'frame', frame),
})

const member = ({ images, toFixed }: Registered): Dataset => ({
  FrameOfReferenceUID: images[0]!['FrameOfReferenceUID'],
  ReferencedImageSequence: images.map(reference),
  MatrixRegistrationSequence: [
    {
      FrameOfReferenceTransformationComment: '',
      RegistrationTypeCodeSequence: [],
      MatrixSequence: [
        {
          FrameOfReferenceTransformationMatrixType: 'RIGID',
          FrameOfReferenceTransformationMatrix: toFixed.map(matrixElement),
        },
      ],
    },
  ],
})

// Rotations need more digits than positions: 1e-10 of a 100 mm lever is nothing, and 13 characters fit DS.
const matrixElement = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(10) : decimal(value))

const reference = (image: Dataset): Dataset => ({
  ReferencedSOPClassUID: image['SOPClassUID'],
  ReferencedSOPInstanceUID: image['SOPInstanceUID'],
})
