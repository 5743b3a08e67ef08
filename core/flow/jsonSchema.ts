import { z } from 'zod'
import { flowFileSchema } from './schema.ts'

/** The JSON Schema of a flow file, for editors. What a schema cannot say (cycles, expressions) it leaves out. */
export const flowJsonSchema = (): Readonly<Record<string, unknown>> => ({
  ...z.toJSONSchema(flowFileSchema, { io: 'input', unrepresentable: 'any', reused: 'inline' }),
  title: 'raddeploy flow',
  description: 'Which DICOM files start it, which models run on them, and where the results go.',
})
