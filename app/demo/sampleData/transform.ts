/** A 4×4 homogeneous matrix, row by row (mm), as DICOM writes it (PS3.3 C.20.2.1.1). */
export type Matrix = readonly number[]

export const identity: Matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]

/** First `b`, then `a`. */
export const compose = (a: Matrix, b: Matrix): Matrix =>
  Array.from({ length: 16 }, (_, n) => {
    const row = 4 * Math.floor(n / 4)
    const column = n % 4
    return [0, 1, 2, 3].reduce((sum, k) => sum + a[row + k]! * b[4 * k + column]!, 0)
  })

/** Rotation about z, then about x (degrees), about the origin; then the translation (mm). */
export const rigid = (
  degrees: { readonly z: number; readonly x: number },
  translation: readonly [number, number, number],
): Matrix => {
  const [cz, sz] = cosSin(degrees.z)
  const [cx, sx] = cosSin(degrees.x)
  const [tx, ty, tz] = translation
  return [...[cz, -sz, 0, tx], ...[cx * sz, cx * cz, -sx, ty], ...[sx * sz, sx * cz, cx, tz], ...[0, 0, 0, 1]]
}

/** The way back of a rigid matrix: transposed rotation. */
export const inverse = (m: Matrix): Matrix => {
  const [a, b, c, x, d, e, f, y, g, h, i, z] = m as number[] as [
    ...[number, number, number, number],
    ...[number, number, number, number],
    ...[number, number, number, number],
  ]
  return [
    ...[a, d, g, -(a * x + d * y + g * z)],
    ...[b, e, h, -(b * x + e * y + h * z)],
    ...[c, f, i, -(c * x + f * y + i * z)],
    ...[0, 0, 0, 1],
  ]
}

/** A point (mm) through a matrix. */
export const apply = (m: Matrix, [x, y, z]: readonly [number, number, number]): [number, number, number] => [
  m[0]! * x + m[1]! * y + m[2]! * z + m[3]!,
  m[4]! * x + m[5]! * y + m[6]! * z + m[7]!,
  m[8]! * x + m[9]! * y + m[10]! * z + m[11]!,
]

const cosSin = (degrees: number): [number, number] => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
]
