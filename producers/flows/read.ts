import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { RadDeployError, messageOf } from '../../core/error/error.ts'
import { flowHash } from '../../core/flow/hash.ts'
import { parseFlow } from '../../core/flow/parse.ts'
import { type FlowProblem } from '../../core/flow/problem.ts'
import { type Flow } from '../../core/flow/schema.ts'

/** A flow and the file it came from. */
export interface FlowFile {
  /** Relative to the folder that was read. */
  readonly file: string
  /** The file as it was written. */
  readonly source: string
  readonly flow: Flow
  readonly hash: string
}

/** The good files, and every problem of the others. */
export interface FlowFiles {
  readonly flows: readonly FlowFile[]
  readonly problems: readonly FlowProblem[]
}

/** A file as it was found: its text, or why it has none. */
export type Source = {
  /** Relative to the folder that was read. */
  readonly file: string
  /** As people name it. */
  readonly path: string
} & ({ readonly text: string } | { readonly unreadable: string })

/** What lies beside flow files but holds none: the sources of models, packages, hidden folders. */
export const isLeftOut = (folder: string): boolean =>
  folder === 'models' || folder === 'node_modules' || folder.startsWith('.')

/** Whether a file of that name is a flow file. */
export const isFlowFile = (name: string): boolean => /\.ya?ml$/i.test(name) && !name.startsWith('.')

/** The flow files of a folder and its sub-folders, relative to it, in the order of their names. */
export const filesIn = async (root: string, folder = ''): Promise<readonly string[]> => {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !isLeftOut(entry.name)) found.push(...(await filesIn(root, path)))
    else if (!entry.isDirectory() && isFlowFile(entry.name)) found.push(path)
  }
  return found
}

/** Where a file says its name; at its beginning where it does not. */
const lineOfName = (text: string): number =>
  Math.max(1, text.split('\n').findIndex((line) => line.startsWith('name:')) + 1)

/** What is wrong with a flow that has the name of another. */
export const sameName = (file: string, text: string, name: string, other: string): FlowProblem => ({
  code: 'RD_FLOW_INVALID',
  file,
  line: lineOfName(text),
  column: 1,
  key: 'name',
  reason: `"${name}" is the name of the flow in ${other}, too; a flow is known by its name`,
})

/** The flows of files that lie together. Of those that have one name none counts: which was meant is not ours to say. */
export const flowsOf = (sources: readonly Source[]): FlowFiles => {
  const problems: FlowProblem[] = []
  const good: (FlowFile & { readonly path: string })[] = []
  for (const source of sources) {
    const { file, path } = source
    if ('unreadable' in source) {
      const reason = `cannot be read: ${source.unreadable}`
      problems.push({ code: 'RD_FLOW_INVALID', file: path, line: 1, column: 1, key: '', reason })
      continue
    }
    const { flow, problems: wrong } = parseFlow(source.text, path)
    if (flow === undefined) problems.push(...wrong)
    else good.push({ file, path, source: source.text, flow, hash: flowHash(flow) })
  }
  const flows = good.filter(({ path, source, flow: { name } }) => {
    const other = good.find((one) => one.flow.name === name && one.path !== path)
    if (other) problems.push(sameName(path, source, name, other.path))
    return other === undefined
  })
  return { flows: flows.map(({ file, source, flow, hash }) => ({ file, source, flow, hash })), problems }
}

/** Reads one file of a folder; undefined where it is gone. */
export const sourceOf = async (root: string, file: string): Promise<Source | undefined> => {
  const path = join(root, file)
  const named = { file: file || basename(path), path }
  try {
    return { ...named, text: await readFile(path, 'utf8') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return { ...named, unreadable: messageOf(error) }
  }
}

/**
 * Reads a flow file, or every `.yaml` and `.yml` of a folder and its sub-folders (`models` left out).
 * Problems name the file by `path` as it was given.
 *
 * @throws RadDeployError RD_NOT_FOUND when there is no such file or folder.
 */
export const readFlows = async (path: string): Promise<FlowFiles> => {
  const found = await stat(path).catch((error: unknown) => {
    throw new RadDeployError('RD_NOT_FOUND', `There is no flow file or folder ${path}.`, { path }, error)
  })
  const files = found.isDirectory() ? await filesIn(path) : ['']
  const sources: Source[] = []
  for (const file of files) {
    const source = await sourceOf(path, file)
    if (source) sources.push(source)
  }
  return flowsOf(sources)
}
