import { expect, test } from 'vitest'
import { contextHash } from '../../../../infra/images/model.ts'

const file = (path: string, text: string) => ({ path, content: Buffer.from(text) })
const files = [file('a/Dockerfile', 'FROM x'), file('shared/b.py', 'pass')]

test('a context is the same in whatever order its files come', () => {
  expect(contextHash([...files].reverse(), 'base')).toBe(contextHash(files, 'base'))
})

test.each([
  ['a byte', [files[0]!, file('shared/b.py', 'pass ')], 'base'],
  ['a name', [files[0]!, file('shared/c.py', 'pass')], 'base'],
  ['the base', files, 'other'],
])('%s makes it another context', (_what, changed, base) => {
  expect(contextHash(changed, base)).not.toBe(contextHash(files, 'base'))
})
