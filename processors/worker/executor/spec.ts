import { type Model, modelOf } from '../../../core/flow/schema.ts'
import { messageOf } from '../../../core/error/error.ts'
import { failure } from './failure.ts'
import { oneLine } from './engine.ts'

/** The model definition of an assignment; what this version cannot read is a failure that says why. */
export const specOf = (json: string): Model => {
  try {
    return modelOf(json)
  } catch (error) {
    throw failure(
      'image',
      `the model definition cannot be read: ${oneLine(messageOf(error))}; correct the flow`,
    )
  }
}
