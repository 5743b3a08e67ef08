import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { RadDeployError } from '../../core/error/error.ts'
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

/** What lies beside flow files but holds none: the sources of models, packages, hidden folders. */
const isLeftOut = (folder: string): boolean =>
  folder === 'models' || folder === 'node_modules' || folder.startsWith('.')

const filesIn = async (root: string, folder = ''): Promise<readonly string[]> => {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !isLeftOut(entry.name)) found.push(...(await filesIn(root, path)))
    else if (!entry.isDirectory() && /\.ya?ml$/i.test(entry.name) && !entry.name.startsWith('.'))
      found.push(path)
  }
  return found
}

const twice = (path: string, name: string, first: string): FlowProblem => ({
  code: 'RD_FLOW_INVALID',
  file: path,
  line: 1,
  column: 1,
  key: 'name',
  reason: `"${name}" is already the name of the flow in ${first}; a flow is known by its name`,
})

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
  const flows: FlowFile[] = []
  const problems: FlowProblem[] = []
  const fileOfName = new Map<string, string>()
  for (const file of files) {
    const full = join(path, file)
    const source = await readFile(full, 'utf8')
    const { flow, problems: wrong } = parseFlow(source, full)
    const first = flow && fileOfName.get(flow.name)
    if (flow === undefined) problems.push(...wrong)
    else if (first !== undefined) problems.push(twice(full, flow.name, first))
    else {
      fileOfName.set(flow.name, full)
      flows.push({ file: file || basename(path), source, flow, hash: flowHash(flow) })
    }
  }
  return { flows, problems }
}
