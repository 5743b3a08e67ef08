import { isBinaryNumber, numberValue } from './write.ts'

/** What a text of a VR looks like (PS3.5, table 6.2-1), in ASCII, one of several values. */
const forms: Readonly<Record<string, RegExp>> = {
  AE: /^(?=.*[^ ])[ -[\]-~]{1,16}$/,
  AS: /^\d{3}[DWMY]$/,
  CS: /^[A-Z0-9 _]{1,16}$/,
  DA: /^(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/,
  DS: /^(?=.{1,16}$)[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/,
  DT: /^\d{4}((0[1-9]|1[0-2])((0[1-9]|[12]\d|3[01])(([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?$/,
  IS: /^[+-]?\d{1,11}$/,
  LO: /^[ -[\]-~]{1,64}$/,
  LT: /^[ -~\t\r\n\f]{1,10240}$/,
  PN: /^(?=[^\\]{1,64}$)[ -<>-~]*$/,
  SH: /^[ -[\]-~]{1,16}$/,
  ST: /^[ -~\t\r\n\f]{1,1024}$/,
  TM: /^([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?$/,
  UC: /^[ -[\]-~]+$/,
  UI: /^(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))*$/,
  UR: /^[!-[\]-~]+$/,
  UT: /^[ -~\t\r\n\f]+$/,
}
/** Of these a backslash is part of the one value. */
const single = new Set(['LT', 'ST', 'UR', 'UT'])

/** Texts into which a pseudonym of 16 letters and digits fits. */
export const aliasVrs: ReadonlySet<string> = new Set(['AE', 'CS', 'LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT'])

/** True where a text, or several with a backslash between them, can be the value of this VR. */
export const fits = (vr: string, text: string): boolean => {
  if (isBinaryNumber(vr)) return isNumber(vr, text)
  const form = forms[vr]
  return form !== undefined && (single.has(vr) ? [text] : text.split('\\')).every((one) => form.test(one))
}

const isNumber = (vr: string, text: string): boolean => {
  if (!text.split('\\').every((one) => /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(one))) return false
  if (!['FL', 'FD'].includes(vr) && /[.eE]/.test(text)) return false
  try {
    numberValue(vr, text, { implicitVr: false, littleEndian: true })
    return true
  } catch {
    return false
  }
}
