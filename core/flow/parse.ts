import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { contentFaults, type Fault, schemaFaults } from './faults.ts'
import { type FlowProblem } from './problem.ts'
import { type Flow, flowSchema } from './schema.ts'
import { isCloseComment, keepWritten, likePyYaml } from './yaml.ts'

/** A flow, or everything that keeps the file from being one. */
export type Parsed =
  | { readonly flow: Flow; readonly problems?: undefined }
  | { readonly flow?: undefined; readonly problems: readonly FlowProblem[] }

const longest = 1_000_000

/** `models[0].docker_kwargs.image` */
const keyText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined)

/**
 * Offset of what `path` names: a single value where it stands, a map or list at its key, and what is missing
 * at the thing that should have it.
 */
const offsetOf = (document: Document, { path, atKey }: Fault): number => {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const [i, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = startOf(node) ?? offset
    } else if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step))
      if (pair === undefined) return offset
      offset = startOf(pair.key) ?? offset
      if (i === path.length - 1 && atKey === true) return offset
      node = pair.value
      if (isScalar(node)) offset = startOf(node) ?? offset
    } else return offset
  }
  return offset
}

/** Default name of a flow: that of the file, or of its folder where the file is called flow.yaml. */
const nameOfFile = (file: string): string => {
  const parts = file.split(/[/\\]/).filter((part) => part !== '' && part !== '.')
  const stem = (parts.at(-1) ?? '').replace(/\.ya?ml$/i, '')
  return stem === 'flow' && parts.length > 1 ? parts.at(-2)! : stem
}

const invalid = (reason: string): Fault => ({ code: 'RD_FLOW_INVALID', path: [], reason })

/**
 * Reads a flow file: its canonical definition, or every problem at once, in the order of the file.
 * `file` is only a name, for messages and as the default of the flow's own.
 */
export const parseFlow = (text: string, file: string): Parsed => {
  const lineCounter = new LineCounter()
  const problem = ({ code, path, reason }: Fault, offset: number): FlowProblem => {
    const { line, col } = lineCounter.linePos(offset)
    return { code, file, line: Math.max(line, 1), column: Math.max(col, 1), key: keyText(path), reason }
  }
  if (text.length > longest) return { problems: [problem(invalid('is longer than a million characters'), 0)] }

  const document = parseDocument(text, { ...likePyYaml, lineCounter, prettyErrors: false })
  const errors = document.errors.filter((error) => !isCloseComment(error))
  const fromYaml = errors.map(({ code, message, pos }) =>
    problem(
      invalid(
        code === 'DUPLICATE_KEY'
          ? `"${/^[^\s:]*/.exec(text.slice(pos[0]))![0]}" is given twice`
          : `is not YAML: ${message}`,
      ),
      pos[0],
    ),
  )
  if (errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { problems: fromYaml }

  let content: unknown
  try {
    keepWritten(document)
    content = document.toJS()
  } catch (error) {
    // Aliases that multiply without end, say.
    return { problems: [problem(invalid(`is not YAML: ${(error as Error).message}`), 0)] }
  }
  const read = flowSchema.safeParse(content, { reportInput: true })
  const faults = [...(read.error?.issues.flatMap(schemaFaults) ?? []), ...contentFaults(content)]
  const problems = [...fromYaml, ...faults.map((fault) => problem(fault, offsetOf(document, fault)))]
  if (!read.success || problems.length > 0)
    return { problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) }
  return { flow: { ...read.data, name: read.data.name || nameOfFile(file) } }
}
