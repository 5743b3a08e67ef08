import { type Attributes } from '../dicom/attributes.ts'
import { compilePattern } from './pattern.ts'
import { type Trigger } from './schema.ts'

/** An expression that does not hold for a file; `value` is undefined where the file lacks the tag. */
export interface Unmet {
  readonly key: string
  readonly expression: string
  readonly value: string | undefined
}

/** The expressions of a trigger that keep it from taking a file; none where it takes it. */
export const unmet = (trigger: Trigger, attributes: Attributes): readonly Unmet[] =>
  Object.entries(trigger).flatMap(([key, expressions]) => {
    const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined
    return expressions.flatMap((expression) =>
      compilePattern(expression).holds(value) ? [] : [{ key, expression, value }],
    )
  })

/** An unmet expression as a person reads it. Holds a value of the file: for whoever has the file, never for the log. */
export const unmetText = ({ key, expression, value }: Unmet): string =>
  value === undefined
    ? `${key} is absent, wanted ${expression}`
    : `${key} is "${value}", wanted ${expression}`
