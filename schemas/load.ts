import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** An Avro schema as it stands in a .avsc file. */
export type AvroSchema =
  | string
  | AvroSchema[]
  | {
      type: AvroSchema | string
      name?: string
      namespace?: string
      doc?: string
      fields?: AvroField[]
      symbols?: string[]
      items?: AvroSchema
      values?: AvroSchema
      default?: unknown
      logicalType?: string
    }
export interface AvroField {
  name: string
  type: AvroSchema
  doc?: string
  default?: unknown
}
/** A named record with its fields, as each event type is. */
export interface RecordSchema {
  type: 'record'
  name: string
  namespace: string
  doc: string
  fields: AvroField[]
}
/** One folder of schemas/: what topic.json says of it. */
export interface TopicFile {
  topic: string
  key: string
  partitions: number
  cleanup: 'delete' | 'compact'
  retentionMs: number
  writers: Record<string, string[]>
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

/** Folders of schemas/ that hold one topic each, in the order of their names. */
export const topicFolders = (root: string): string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['generated', 'released', 'shared'].includes(entry.name))
    .map((entry) => entry.name)
    .sort()

/** The topic.json of one folder. */
export const loadTopic = (root: string, folder: string): TopicFile =>
  readJson(join(root, folder, 'topic.json')) as TopicFile

/** All .avsc files of one folder as records, in the order of their names. */
export const loadRecords = (root: string, folder: string): RecordSchema[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.avsc'))
    .sort()
    .map((name) => readJson(join(root, folder, name)) as RecordSchema)

/**
 * A record with every shared type written out at its first use, so that the registry and an auditor
 * ten years on need nothing beside it.
 */
export const selfContained = (record: RecordSchema, shared: readonly RecordSchema[]): RecordSchema => {
  const seen = new Set<string>()
  const expand = (schema: AvroSchema): AvroSchema => {
    if (typeof schema === 'string') {
      const found = shared.find((one) => `${one.namespace}.${one.name}` === schema)
      if (!found || seen.has(schema)) return schema
      seen.add(schema)
      return { ...found, fields: found.fields.map(expandField) } as AvroSchema
    }
    if (Array.isArray(schema)) return schema.map(expand)
    return {
      ...schema,
      ...(schema.items === undefined ? {} : { items: expand(schema.items) }),
      ...(schema.values === undefined ? {} : { values: expand(schema.values) }),
      ...(schema.fields === undefined ? {} : { fields: schema.fields.map(expandField) }),
    }
  }
  const expandField = (field: AvroField): AvroField => ({ ...field, type: expand(field.type) })
  return { ...record, fields: record.fields.map(expandField) }
}
