import { type z } from 'zod'
import { bundleKeys } from './bundle.ts'
import { deidentifyKeys } from './deidentifySchema.ts'
import { dockerKwargsSchema, refusedKwargs } from './dockerKwargs.ts'
import { mountFaults } from './graph.ts'
import { nearest } from './nearest.ts'
import { type FlowProblem } from './problem.ts'
import { retriesKeys } from './retries.ts'
import { commitmentKeys, destinationKeys, flowKeys, meantBranch, modelKeys, mountsSchema } from './schema.ts'
import { tlsKeys } from './destinationTls.ts'

/** A problem of a flow file by its key, before it has a line. */
export interface Fault {
  readonly code: FlowProblem['code']
  readonly path: readonly PropertyKey[]
  readonly reason: string
  /** The key itself is wrong, not its value. */
  readonly atKey?: boolean
}

const kwargKeys = Object.keys(dockerKwargsSchema.shape)

const knownKeys = (path: readonly PropertyKey[]): readonly string[] => {
  if (path.length === 0) return flowKeys
  if (path.at(-1) === 'docker_kwargs') return kwargKeys
  if (path[0] === 'bundle') return bundleKeys
  if (path.at(-1) === 'retries') return retriesKeys
  if (path[0] !== 'destinations') return modelKeys
  const within = { tls: tlsKeys, commitment: commitmentKeys, deidentify: deidentifyKeys }
  return within[path.at(-1) as keyof typeof within] ?? destinationKeys
}

/** Where people put a key that belongs elsewhere. */
const elsewhere = (key: string, path: readonly PropertyKey[]): string | undefined => {
  if (path[0] === 'models' && path.length === 2 && kwargKeys.includes(key))
    return 'it belongs into docker_kwargs'
  if (path.at(-1) === 'docker_kwargs' && modelKeys.includes(key)) return 'it belongs beside docker_kwargs'
  if (path.at(-1) === 'retries' && modelKeys.includes(key)) return 'it belongs beside retries'
  if (path[0] === 'models' && path.length === 2 && retriesKeys.includes(key)) return 'it belongs into retries'
  if (path.length === 0 && bundleKeys.includes(key)) return 'it belongs into bundle'
  if (path[0] === 'destinations' && path.length === 2 && destinationKeys.includes(key))
    return 'it belongs to another kind of destination'
  if (path.length === 0 && modelKeys.includes(key)) return 'it belongs into one of the models'
  return path.length > 0 && flowKeys.includes(key) ? 'it belongs to the top of the file' : undefined
}

const unknownKey = (key: string, path: readonly PropertyKey[]): string => {
  const refused =
    path.at(-1) === 'docker_kwargs' && Object.hasOwn(refusedKwargs, key) ? refusedKwargs[key] : undefined
  if (refused !== undefined) return `is not allowed: it ${refused}`
  const place = elsewhere(key, path)
  if (place !== undefined) return `is not known here; ${place}`
  const guess = nearest(key, knownKeys(path))
  return guess === undefined ? 'is not known' : `is not known; did you mean "${guess}"?`
}

const kindOf = (value: unknown): string => {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a map' : typeof value === 'string' ? 'a text' : `${String(value)}`
}

const words: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  record: 'a map',
  object: 'a map',
}

const reasonOf = (issue: z.core.$ZodIssue): string => {
  const missing = issue.input === undefined && ['invalid_type', 'invalid_union'].includes(issue.code)
  const ours = !issue.message.startsWith('Invalid')
  if (missing) return ours ? `is missing; it ${issue.message}` : 'is missing'
  if (ours || issue.code !== 'invalid_type') return issue.message
  return `is ${words[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}`
}

/** What an issue of the schema says, in the words of the file. */
export const schemaFaults = (issue: z.core.$ZodIssue): readonly Fault[] => {
  const code = 'RD_FLOW_INVALID'
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      code,
      path: [...issue.path, key],
      reason: unknownKey(key, issue.path),
      atKey: true,
    }))
  if (issue.code === 'invalid_key')
    return [{ code, path: issue.path, reason: issue.issues[0]?.message ?? issue.message, atKey: true }]
  const inner = issue.code === 'invalid_union' ? understood(issue) : undefined
  if (inner) return inner.flatMap((one) => schemaFaults({ ...one, path: [...issue.path, ...one.path] }))
  const params = issue.code === 'custom' ? issue.params : undefined
  return [
    {
      code: params?.['pattern'] === true ? 'RD_FLOW_PATTERN' : code,
      path: issue.path,
      reason: reasonOf(issue),
      atKey: params?.['atKey'] === true,
    },
  ]
}
/** Of a union the branch that understood the value, or was meant by it, knows best what is wrong inside it. */
const understood = ({
  errors,
  path,
  input,
}: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined => {
  if (path[0] === 'destinations' && path.length === 2 && kindOf(input) === 'a map')
    return errors[meantBranch(input)]
  const branches = errors.filter((branch) => !branch.some(isOtherType))
  return branches.length === 1 ? branches[0] : undefined
}
/** A number that is not whole is of the right type all the same. */
const isOtherType = (issue: z.core.$ZodIssue): boolean =>
  issue.code === 'invalid_type' && issue.path.length === 0 && issue.expected !== 'int'

/** What is wrong with the mounts taken together, wherever the mounts themselves can be read. */
export const contentFaults = (content: unknown): readonly Fault[] => {
  const read = mountsSchema.safeParse(content)
  if (!read.success) return []
  return mountFaults(read.data).map(({ cycle, path, reason }) => ({
    code: cycle ? 'RD_FLOW_CYCLE' : 'RD_FLOW_INVALID',
    path,
    reason,
    atKey: true,
  }))
}
