import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { incompatibilities, whyNot } from '../../../schemas/compatibility.ts'
import { definitions } from '../../../schemas/generated/definitions.ts'

const released = join(import.meta.dirname, '../../../schemas/released')

describe('the event schemas', () => {
  test('are compatible, both ways, with every release', () =>
    expect(incompatibilities(definitions, released)).toEqual([]))

  test('have at least one release to be held against', () =>
    expect(readdirSync(released).length).toBeGreaterThan(0))

  const { AssociationClosed: today } = definitions
  test('may gain a field with a default', () => {
    const fields = [...today.fields, { name: 'added', type: ['null', 'string'], default: null }]
    expect(whyNot(today, { ...today, fields })).toBeUndefined()
  })
  test('may not gain a field without one, lose one, or change its type', () => {
    expect(whyNot(today, { ...today, fields: [...today.fields, { name: 'added', type: 'string' }] })).toMatch(
      /today cannot/,
    )
    expect(whyNot(today, { ...today, fields: today.fields.slice(1) })).toMatch(/that release cannot/)
    const changed = today.fields.map((field) =>
      field.name === 'stored' ? { ...field, type: 'string' } : field,
    )
    expect(whyNot(today, { ...today, fields: changed })).toBeDefined()
  })
  test('may gain a symbol of an enumeration, which older readers take for unknown', () => {
    const fields = today.fields.map((field) =>
      field.name === 'how'
        ? {
            ...field,
            type: {
              ...(field.type as object),
              symbols: ['released', 'aborted', 'lost', 'rejected', 'unknown'],
            },
          }
        : field,
    )
    expect(whyNot(today, { ...today, fields })).toBeUndefined()
  })
})
