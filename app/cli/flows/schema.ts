import { flowJsonSchema } from '../../../core/flow/jsonSchema.ts'
import { print } from '../output.ts'

/** Prints the JSON Schema of flow files, for editors that do not find flows/flow.schema.json. */
export const schema = (): void => print(true, flowJsonSchema(), () => '')
