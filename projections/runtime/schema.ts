/** The schema that people and dashboards read. */
export const liveSchema = 'raddeploy'
/** Where a rebuild builds. */
export const shadowOf = (schema: string): string => `${schema}_shadow`
/** What a rebuild replaced, until it is dropped. */
export const retiredOf = (schema: string): string => `${schema}_retired`

/** An SQL identifier (PostgreSQL, 4.1.1). */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
/** A table or view of a schema. */
export const inSchema = (schema: string, name: string): string => `${quoted(schema)}.${quoted(name)}`
