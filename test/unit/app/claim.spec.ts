import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claim } from '../../../app/claim.ts'

let home = ''
const file = (): string => join(home, 'run', 'raddeploy.json')
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rd-home-'))
  await mkdir(join(home, 'run'))
})
afterEach(() => rm(home, { recursive: true }))

describe('a home folder', () => {
  test('belongs to one process at a time, and to the next when it is given up', () => {
    const giveUp = claim(home, 'raddeploy')
    expect(() => claim(home, 'raddeploy')).toThrow(
      expect.objectContaining({
        code: 'RD_ALREADY_RUNNING',
        facts: { pid: process.pid, home, what: 'raddeploy' },
      }),
    )
    giveUp()
    claim(home, 'raddeploy')()
  })

  test('whose holder was killed is free', async () => {
    const child = spawn('sleep', ['600'])
    await once(child, 'spawn')
    const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8')
    await writeFile(
      file(),
      JSON.stringify({ pid: child.pid, began: stat.split(') ').at(-1)!.split(' ')[19] }),
    )
    expect(() => claim(home, 'raddeploy')).toThrow(`process ${child.pid}`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    claim(home, 'raddeploy')()
  })

  test('is free where the pid of its holder belongs to another process by now', async () => {
    await writeFile(file(), JSON.stringify({ pid: process.pid, began: '1' }))
    claim(home, 'raddeploy')()
  })

  test('is free where the machine went down while the claim was written', async () => {
    await writeFile(file(), '{"pid": 1')
    claim(home, 'raddeploy')()
  })
})
