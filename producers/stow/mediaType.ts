/** What a Content-Type says. */
export interface MediaType {
  /** In lower case, such as multipart/related. */
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

const token = String.raw`[!#$%&'*+.^_\x60|~0-9A-Za-z-]+`
const type = new RegExp(String.raw`^\s*(${token}/${token})\s*`)
const parameter = new RegExp(
  String.raw`^;\s*(${token})\s*=\s*(?:(${token}(?:/${token})?)|"((?:[^"\\]|\\.)*)")\s*`,
)

/** Reads a Content-Type (RFC 9110, 8.3.1); a value that should be quoted for its slash is taken, too. */
export const parseMediaType = (text: string): MediaType | undefined => {
  const begun = type.exec(text)
  if (!begun || text.length > 1024) return undefined
  const parameters = new Map<string, string>()
  let rest = text.slice(begun[0].length)
  while (rest.replace(/^[;\s]+$/, '') !== '') {
    const read = parameter.exec(rest)
    if (!read) return undefined
    const value = read[2] ?? read[3]!.replace(/\\(.)/g, '$1')
    parameters.set(read[1]!.toLowerCase(), value)
    rest = rest.slice(read[0].length)
  }
  return { type: begun[1]!.toLowerCase(), parameters }
}

/**
 * The boundary of a STOW-RS request (PS3.18, 10.5): a multipart/related of DICOM files. Otherwise the status that
 * the request is answered with, and why.
 */
export const boundaryOf = (
  contentType: string | undefined,
): { readonly boundary: string } | { readonly status: 400 | 415; readonly why: string } => {
  const media = parseMediaType(contentType ?? '')
  if (media?.type !== 'multipart/related')
    return { status: 415, why: 'a request is multipart/related; type="application/dicom"' }
  const of = media.parameters.get('type')?.toLowerCase()
  if (of !== undefined && of !== 'application/dicom')
    return { status: 415, why: 'only instances of application/dicom are taken' }
  const boundary = media.parameters.get('boundary')
  // RFC 2046, 5.1.1.
  return boundary !== undefined && /^[ -~]{0,69}[!-~]$/.test(boundary)
    ? { boundary }
    : { status: 400, why: 'the Content-Type has no boundary' }
}
