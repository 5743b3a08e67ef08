import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dropConfigSchema } from '../../../../producers/drop/config.ts'
import { lookAt } from '../../../../producers/drop/folder.ts'
import { type Drop, startDrop } from '../../../../producers/drop/index.ts'
import { intakeParts } from '../../../support/intakeParts.ts'
import { smallFile } from '../../../support/stow.ts'
import { until } from '../../../support/until.ts'

const quietSeconds = 0.2
let folder: string
let drop: Drop | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-drop-'))
})
afterEach(async () => {
  await drop?.close()
  await rm(folder, { recursive: true })
})

const start = (settings: object = {}) => {
  const memory = intakeParts()
  const given = {
    name: 'ward:drop',
    folder,
    quietSeconds,
    calledAeTitle: 'RADDEPLOY',
    longestPauseSeconds: 0.3,
  }
  drop = startDrop(dropConfigSchema.parse({ ...given, ...settings }), memory.parts)
  const closed = (count = 1) => until(() => memory.of('AssociationClosed').length === count, 'its end', 8000)
  return { ...memory, closed }
}
const lay = async (path: string, bytes: Buffer): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), bytes)
}
/** Every file below the folder, hidden ones too. */
const there = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

describe('files that are laid into the folder', () => {
  test('are one association, kept bit for bit, and put away by its id when it is closed', async () => {
    const files = [smallFile(), smallFile()]
    await lay('a.dcm', files[0]!.bytes)
    await lay('study/series/b', files[1]!.bytes)
    const { closed, of, objects } = start({ flows: ['ct-*'] })
    await closed()
    const [opened] = of('AssociationOpened')
    expect(opened!.data).toMatchObject({
      calling: { aeTitle: 'FOLDER', host: '127.0.0.1' },
      ...{ calledAeTitle: 'RADDEPLOY', scp: 'ward:drop', via: 'folder', flows: ['ct-*'], tls: null },
    })
    expect(of('AssociationClosed')[0]!.data).toMatchObject({ how: 'released', stored: 2, refused: 0 })
    const kept = of('InstanceStored').map(({ data }) => objects.get(data.object.key)!)
    for (const { bytes } of files) expect(kept.some((one) => one.equals(bytes))).toBe(true)
    const id = opened!.stream
    await until(async () => (await there()).join() === `.taken/${id}/a.dcm,.taken/${id}/study/series/b`)
    expect((await readFile(join(folder, '.taken', id, 'a.dcm'))).equals(files[0]!.bytes)).toBe(true)
  })

  test('are removed where that is wanted', async () => {
    await lay('a.dcm', smallFile().bytes)
    const { closed } = start({ keep: 'remove' })
    await closed()
    await until(async () => (await there()).length === 0)
  })

  test('are not taken while one of them grows, and then all together', async () => {
    const { bytes } = smallFile()
    await lay('whole.dcm', smallFile().bytes)
    await lay('slow.dcm', Buffer.alloc(0))
    const { closed, of, said } = start({ quietSeconds: 0.6 })
    const step = Math.ceil(bytes.length / 12)
    for (let at = 0; at < bytes.length; at += step) {
      await appendFile(join(folder, 'slow.dcm'), bytes.subarray(at, at + step))
      await pause(60)
      expect(said).toEqual([])
    }
    await closed()
    expect(of('AssociationClosed')[0]!.data).toMatchObject({ stored: 2, refused: 0 })
  })

  test('under a temporary name are waited for, and taken under their own', async () => {
    const { bytes } = smallFile()
    await lay('first.dcm', smallFile().bytes)
    await lay('.second.dcm.x7Gh2', bytes.subarray(0, 300))
    const { closed, of, said } = start({ quietSeconds: 0.6 })
    for (let n = 0; n < 12; n += 1) {
      await appendFile(join(folder, '.second.dcm.x7Gh2'), bytes.subarray(300 + n, 301 + n))
      await pause(60)
    }
    expect(said).toEqual([])
    await writeFile(join(folder, '.second.dcm.x7Gh2'), bytes)
    await rename(join(folder, '.second.dcm.x7Gh2'), join(folder, 'second.dcm'))
    await closed()
    expect(of('AssociationClosed')[0]!.data).toMatchObject({ stored: 2 })
  })

  test('are looked at but for hidden ones, temporary ones, links and what we put away', async () => {
    const names = ['a', '.hidden', '.git/b', 'c.part', 'd.FILEPART', '~$e', '.taken/x/f', '.refused/g', 'h/i']
    for (const name of names) await lay(name, Buffer.from('x'))
    await symlink('/etc/hostname', join(folder, 'link'))
    const { files, all } = await lookAt(folder)
    expect([...files.keys()]).toEqual(['a', 'h/i'])
    expect([...all.keys()].sort()).toEqual(['.git/b', '.hidden', 'a', 'c.part', 'd.FILEPART', 'h/i', '~$e'])
  })
})

test('a file that is refused is put aside with its reason, and keeps no other from being taken', async () => {
  await lay('good.dcm', smallFile().bytes)
  await lay('notes/readme.txt', Buffer.from('not DICOM'))
  const { closed, of } = start()
  await closed()
  const id = of('AssociationClosed')[0]!.stream
  await until(async () => (await there()).length === 3)
  expect(await there()).toEqual([
    `.refused/${id}/notes/readme.txt`,
    `.refused/${id}/notes/readme.txt.txt`,
    `.taken/${id}/good.dcm`,
  ])
  const reason = await readFile(join(folder, '.refused', id, 'notes/readme.txt.txt'), 'utf8')
  expect(reason).toBe('C000H cannot understand\nRD_DICOM_UNREADABLE: the file is not DICOM Part 10\n')
  expect(of('AssociationClosed')[0]!.data).toMatchObject({ how: 'released', stored: 1, refused: 1 })
})

test('a file that changes while it is read is not taken as it was, and all are taken again', async () => {
  const [first, second] = [smallFile().bytes, smallFile().bytes]
  await lay('a.dcm', first)
  await lay('b.dcm', smallFile().bytes)
  const memory = start()
  const { of, objects } = memory
  memory.before('AssociationOpened', () => writeFile(join(folder, 'a.dcm'), second))
  await until(() => of('AssociationClosed').length === 2, 'both ends', 8000)
  const [broken, whole] = of('AssociationClosed')
  expect(broken!.data).toMatchObject({ how: 'aborted', reason: 'a file was changed while it was read' })
  expect(whole!.data).toMatchObject({ how: 'released', stored: 2, refused: 0 })
  const kept = of('InstanceStored').map(({ data }) => objects.get(data.object.key)!)
  expect(kept.some((bytes) => bytes.equals(second))).toBe(true)
})

describe('files that cannot be stored for now', () => {
  test.each(['store', 'log'] as const)(
    'since the %s is away stay, and are one association later',
    async (what) => {
      await lay('a.dcm', smallFile().bytes)
      await lay('b.dcm', smallFile().bytes)
      const { of, away, said } = start()
      away[what] = true
      await pause(4 * quietSeconds * 1000)
      expect(await there()).toEqual(['a.dcm', 'b.dcm'])
      const before = said.length
      away[what] = false
      await until(() => of('AssociationClosed').some(({ data }) => data.how === 'released'), 'its end', 8000)
      expect(of('AssociationClosed').at(-1)!.data).toMatchObject({ how: 'released', stored: 2, refused: 0 })
      expect(
        of('AssociationClosed')
          .slice(0, -1)
          .every(({ data }) => data.how === 'aborted'),
      ).toBe(true)
      expect(said.length).toBeGreaterThan(before)
      await until(async () => (await there()).every((path) => path.startsWith('.taken/')))
    },
  )

  test('are taken once where they cannot be moved away afterwards', async () => {
    await lay('a.dcm', smallFile().bytes)
    // What stands there is no folder.
    await writeFile(join(folder, '.taken'), '')
    const { closed, of } = start()
    await closed()
    await pause(6 * quietSeconds * 1000)
    expect(of('AssociationOpened')).toHaveLength(1)
    await lay('b.dcm', smallFile().bytes)
    await closed(2)
    expect(of('AssociationClosed')[1]!.data).toMatchObject({ stored: 1 })
  })
})

test('a folder that goes away is waited for', async () => {
  const { closed, of } = start()
  await rm(folder, { recursive: true })
  await pause(3 * quietSeconds * 1000)
  await lay('a.dcm', smallFile().bytes)
  await closed()
  expect(of('InstanceStored')).toHaveLength(1)
})
