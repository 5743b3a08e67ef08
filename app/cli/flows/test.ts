import { open } from 'node:fs/promises'
import { z } from 'zod'
import { type Attributes } from '../../../core/dicom/attributes.ts'
import { headerOf } from '../../../core/dicom/head.ts'
import { RadDeployError, messageOf } from '../../../core/error/error.ts'
import { unmet, unmetText } from '../../../core/flow/explain.ts'
import { flowError } from '../../../core/flow/problem.ts'
import { type Flow } from '../../../core/flow/schema.ts'
import { type Candidate, attributeKeys, triggerTakes, whyNot } from '../../../core/flow/trigger.ts'
import { readFlows } from '../../../producers/flows/read.ts'
import { print } from '../output.ts'
import { filesOf } from '../send.ts'

const file = z.strictObject({ path: z.string(), why: z.array(z.string()) })

/** What `flows test --json` prints: per trigger the files it takes, and of the others each expression that failed. */
export const flowTest = z.strictObject({
  flow: z.string(),
  matches: z.boolean(),
  takes: z.array(z.string()),
  triggers: z.array(
    z.strictObject({ takes: z.array(z.string()), reason: z.string().nullable(), leaves: z.array(file) }),
  ),
  unreadable: z.array(file),
})
export type FlowTest = z.output<typeof flowTest>

/** Says which files of a folder each trigger of a flow file takes, and why not the others. Nothing is run. */
export const test = async (
  path: string,
  { dicom, json }: { readonly dicom: string; readonly json?: true },
): Promise<void> => {
  const tests = await testsOf(path, dicom)
  print(json, tests, () => tests.map(testText).join('\n\n'))
  if (!tests.every(({ matches }) => matches)) process.exitCode = 1
}

/** What each flow of a file takes of a folder. RD_NOT_FOUND where no file of it is DICOM. */
export const testsOf = async (path: string, dicom: string): Promise<readonly FlowTest[]> => {
  const { flows, problems } = await readFlows(path)
  if (problems.length > 0) throw flowError(problems)
  const keys = attributeKeys(flows.map(({ flow }) => flow))
  const candidates: Candidate[] = []
  const unreadable: { path: string; why: string[] }[] = []
  for (const name of await filesOf(dicom))
    await attributesOf(name, keys).then(
      (attributes) => candidates.push({ id: name, attributes }),
      (error: unknown) => unreadable.push({ path: name, why: [messageOf(error)] }),
    )
  if (candidates.length === 0)
    throw new RadDeployError('RD_NOT_FOUND', `there is no DICOM file in ${dicom}`, { dicom })
  return flows.map(({ flow }) => testOf(flow, candidates, unreadable))
}

const testOf = (
  flow: Flow,
  candidates: readonly Candidate[],
  unreadable: FlowTest['unreadable'],
): FlowTest => {
  const triggers = flow.triggers.map((trigger) => {
    const taken = triggerTakes(trigger, candidates)
    const takes = new Set(taken.ids)
    const leaves = candidates.filter(({ id }) => !takes.has(id))
    return {
      takes: [...takes],
      reason: takes.size === 0 ? whyNot(taken, candidates.length) : null,
      leaves: leaves.map(({ id, attributes }) => ({
        path: id,
        why: unmet(trigger, attributes).map(unmetText),
      })),
    }
  })
  const matches = triggers.every(({ takes }) => takes.length > 0)
  const takes = matches ? [...new Set(triggers.flatMap((one) => one.takes))].sort() : []
  return { flow: flow.name, matches, takes, triggers, unreadable }
}

const shown = 10

const counted = (files: number): string => `${files} ${files === 1 ? 'file' : 'files'}`

/** The first of a list, a line each, and how many more there are. */
const firstOf = (lines: readonly string[], more: string): readonly string[] => [
  ...lines.slice(0, shown),
  ...(lines.length > shown ? [`    ${more} ${lines.length - shown} more (--json lists all)`] : []),
]

/** A test as people read it. */
export const testText = ({ flow, matches, takes, triggers, unreadable }: FlowTest): string => {
  const verdict = matches ? `would run on ${counted(takes.length)}` : 'would not run'
  const lines = triggers.flatMap((trigger, index) => [
    `  trigger ${index + 1} takes ${counted(trigger.takes.length)}${trigger.reason ? `: ${trigger.reason}` : ''}`,
    ...firstOf(
      trigger.takes.map((path) => `    ${path}`),
      'and',
    ),
    ...firstOf(
      trigger.leaves.map(({ path, why }) => `    not ${path}: ${why.join('; ')}`),
      'and not',
    ),
  ])
  const broken = unreadable.map(({ path, why }) => `  ${path}: ${why.join('; ')}`)
  return [`${flow}: ${verdict}`, ...lines, ...broken].join('\n')
}

/** What triggers see of a file, reading no more of it than needed; RD_DICOM_UNREADABLE where it is no instance. */
const attributesOf = async (path: string, keys: ReadonlySet<string>): Promise<Attributes> => {
  const handle = await open(path)
  try {
    const read = async (start: number, end: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start)
      return buffer.subarray(0, bytesRead)
    }
    return (await headerOf((await handle.stat()).size, read, keys)).attributes
  } finally {
    await handle.close()
  }
}
