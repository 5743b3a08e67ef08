import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Watched, isSeen, settleMs, watchFolder } from '../../../../producers/flows/folder.ts'
import { until } from '../../../support/until.ts'

describe('what is looked at in a folder', () => {
  test.each([
    ['', true],
    ['a.yaml', true],
    ['sub/b.YML', true],
    ['README.md', false],
    ['.a.yaml', false],
    ['models/x/flow.yaml', false],
    ['sub/node_modules/x.yaml', false],
    ['.git/x.yaml', false],
    ['models.yaml', true],
    [join('..', 'raddeploy.yaml'), false],
  ])('the file %j: %j', (path, seen) => expect(isSeen(path, true)).toBe(seen))
  test.each([
    ['sub', true],
    ['models', false],
    ['sub/.hidden', false],
    [join('..', 'node_modules'), false],
  ])('the folder %j: %j', (path, seen) => expect(isSeen(path, false)).toBe(seen))
})

describe('a folder that is watched', () => {
  let home = ''
  let folder = ''
  let watched: Watched | undefined
  let heard: string[]
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'rd-watch-'))
    folder = join(home, 'flows')
    heard = []
  })
  afterEach(async () => {
    await watched?.close()
    await rm(home, { recursive: true })
  })
  const watch = async (): Promise<void> => {
    watched = await watchFolder(folder, pino({ level: 'silent' }), (file) => heard.push(file))
  }
  const hears = (file: string): Promise<void> => until(() => Promise.resolve(heard.includes(file)), file)

  test('names what is there before it is ready, and then what is written, moved and removed', async () => {
    await mkdir(join(folder, 'sub'), { recursive: true })
    await writeFile(join(folder, 'a.yaml'), 'a')
    await writeFile(join(folder, 'sub', 'b.yml'), 'b')
    await writeFile(join(folder, 'README.md'), 'c')
    await watch()
    expect([...heard].sort()).toEqual(['a.yaml', join('sub', 'b.yml')])

    heard = []
    const written = performance.now()
    await writeFile(join(folder, 'a.yaml'), 'aa')
    await hears('a.yaml')
    expect(performance.now() - written).toBeGreaterThan(settleMs * 0.9)
    await mkdir(join(folder, 'new'))
    await writeFile(join(folder, 'new', 'c.yaml'), 'c')
    await hears(join('new', 'c.yaml'))

    heard = []
    await rename(join(folder, 'a.yaml'), join(folder, 'd.yaml'))
    await Promise.all(['a.yaml', 'd.yaml'].map(hears))
    await rm(join(folder, 'sub'), { recursive: true })
    await hears(join('sub', 'b.yml'))
    expect(heard).not.toContain('README.md')
  })

  test('may come later, and go and come again', async () => {
    await watch()
    await mkdir(folder)
    await writeFile(join(folder, 'a.yaml'), 'a')
    await hears('a.yaml')
    heard = []
    await rm(folder, { recursive: true })
    await hears('a.yaml')
    heard = []
    await mkdir(folder)
    await writeFile(join(folder, 'b.yaml'), 'b')
    await hears('b.yaml')
  })

  test('may be one file', async () => {
    folder = join(home, 'one.yaml')
    await writeFile(folder, 'a')
    await watch()
    expect(heard).toEqual([''])
  })
})
