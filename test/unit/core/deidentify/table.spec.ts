import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { confidentialityTable } from '../../../../app/docs/confidentialityTable.ts'
import { table } from '../../../../core/deidentify/table.ts'

const folder = new URL('../../../../core/deidentify/', import.meta.url)

test('the table is what its source says', () => {
  const written = readFileSync(new URL('table.ts', folder), 'utf8')
  const rows = readFileSync(new URL('source/table-e.1-1.csv', folder), 'utf8')
  expect(confidentialityTable(rows)).toBe(written)
})

test('every row is there once', () => {
  const rows =
    readFileSync(new URL('source/table-e.1-1.csv', folder), 'utf8').trimEnd().split('\n').length - 1
  const tags = table.flatMap((row) => row.tags.split(' '))
  expect(tags.length).toBe(rows)
  expect(new Set(tags).size).toBe(rows)
  expect(rows).toBe(657)
})
