// dcmjs has no type declarations; only its tables (PS3.6) are used here.
// @ts-expect-error TS7016: no declaration file
import dcmjs from 'dcmjs'

interface Entry {
  readonly tag: string
  readonly vr: string
  readonly name: string
}
const entries = Object.values(
  (dcmjs as { data: { DicomMetaDictionary: { nameMap: Record<string, Entry> } } }).data.DicomMetaDictionary
    .nameMap,
)

/** Where dcmjs 0.50 departs from PS3.6 (2024). */
const keywordCorrections: Readonly<Record<string, string>> = {
  NumberofBscansPerFrame: 'NumberOfBscansPerFrame',
  NumbeOfTableColumns: 'NumberOfTableColumns',
  ViewOrientationModifier: 'ViewOrientationModifierCodeSequence',
  ObliqueCroppingPlane: 'Plane',
  ObliqueCroppingPlaneNormal: 'PlaneNormal',
  AverageBeamDosePointSourceToExternalContourSurfaceDistance:
    'AverageBeamDosePointSourceToExternalContourDistance',
  ThreatDetectionAlgorithmandVersion: 'ThreatDetectionAlgorithmAndVersion',
}
const vrCorrections: Readonly<Record<string, string>> = {
  LongPrimitivePointIndexList: 'OL',
  LongTrianglePointIndexList: 'OL',
  LongEdgePointIndexList: 'OL',
  LongVertexPointIndexList: 'OL',
  ViewOrientationModifierCodeSequence: 'SQ',
  NumberOfVolumetricCurvePoints: 'UL',
  ComponentTypeCodeSequence: 'SQ',
}

interface Known {
  readonly keyword: string
  readonly vr: string
}
const byTag = new Map<number, Known>()
const byKeyword = new Map<string, number>()
const repeating = new Map<number, string>()
for (const { tag, vr, name } of entries) {
  const number = parseInt(tag.slice(1, 5) + tag.slice(6, 10), 16)
  const plain = name.replace('RETIRED_', '')
  const keyword = keywordCorrections[plain] ?? plain
  const group = number >>> 16
  // Groups 50xx, 60xx and 7Fxx repeat: their elements have a VR but, as in pydicom, no keyword.
  if ([0x5000, 0x6000, 0x7f00].includes(group)) repeating.set(number, vr)
  else if (keyword !== 'undefined') {
    byTag.set(number, { keyword, vr: vrCorrections[keyword] ?? (vr === 'up' ? 'UL' : vr) })
    byKeyword.set(keyword, number)
  }
}

/** The keyword of a tag (PS3.6), undefined for private and unknown ones. */
export const keywordOf = (tag: number): string | undefined => byTag.get(tag)?.keyword

/** The tag of a keyword (PS3.6). */
export const tagOf = (keyword: string): number | undefined => byKeyword.get(keyword)

/** The VR of a tag as the dictionary states it; `xs`, `ox` and `lt` where it depends on other elements. */
export const dictionaryVrOf = (tag: number): string | undefined =>
  byTag.get(tag)?.vr ?? repeating.get((tag & 0xff00ffff) >>> 0)

/** Every keyword of the dictionary. */
export const keywords: readonly string[] = [...byKeyword.keys()]

/** `(gggg,eeee)`, in upper-case hexadecimal digits. */
export const tagText = (tag: number): string => {
  const digits = tag.toString(16).toUpperCase().padStart(8, '0')
  return `(${digits.slice(0, 4)},${digits.slice(4)})`
}

/** The name of an element as PS3.6 has it, made from its keyword: `CodeValue` → `Code Value`; not always exact. */
export const nameOf = (tag: number): string => {
  const keyword = keywordOf(tag)
  if (keyword === undefined && isPrivate(tag))
    return (tag & 0xff00) === 0 ? 'Private Creator' : 'Private tag data'
  return (keyword ?? '')
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
    .replaceAll(/ (Of|In|To|For|And|The|With|From|By|On|At|Or)(?= )/g, (word) => word.toLowerCase())
    .replace(/^Patient (?=Name|Birth|Sex|Age|Size|Weight|Address)/, "Patient's ")
}

/** True for elements of odd groups (PS3.5, 7.8). */
export const isPrivate = (tag: number): boolean => ((tag >>> 16) & 1) === 1
