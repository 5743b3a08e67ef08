import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { lastPlaces } from '../../../app/space.ts'
import { freePort } from '../../../infra/embedded/ports.ts'
import { makeFile, newUid, readDicomFile } from '../../support/dicomFiles.ts'
import { Modality, ctContext, releaseRequest, store } from '../../support/modality.ts'
import { type System, startSystem } from '../../support/system.ts'
import { until } from '../../support/until.ts'

const megabyte = 1024 * 1024
let folder: string
let disk: string
let system: System
let port: number

// Only a file system of its own can be filled: that needs root.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raddeploy-sent-'))
  disk = await mkdtemp(join(tmpdir(), 'raddeploy-disk-'))
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', disk])
  const space = { folders: [disk], checkSeconds: 0.05 }
  port = await freePort()
  const scp = { host: '127.0.0.1', port, space }
  system = await startSystem(inject('endpoints'), ['scp'], undefined, { scp })
})
afterAll(async () => {
  await system.stop()
  await execa('umount', [disk])
  await rm(disk, { recursive: true })
  await rm(folder, { recursive: true })
})

test('nothing is taken while a disk is nearly full, and everything again once there is room', async () => {
  const modality = await Modality.associate(port, { contexts: [ctContext] })
  expect((await modality.next())?.type).toBe(2)
  let sent = 0
  const send = async () => {
    const made = await makeFile(folder, { kind: 'ct', studyUid: newUid() })
    const { sopInstanceUid, dataset } = await readDicomFile(made.path)
    modality.send(store((sent += 1), sopInstanceUid, dataset))
    return modality.response()
  }
  const level = () => lastPlaces(system.config).find(({ place }) => place === disk)?.level

  expect((await send()).Status).toBe(0)
  await writeFile(join(disk, 'log'), randomBytes(18.5 * megabyte))
  await system.event('SpaceRanLow', ({ data }) => data.place === disk)
  await until(() => level() === 'low', 'that it is seen')
  expect((await send()).Status).toBe(0)

  await writeFile(join(disk, 'more'), randomBytes(megabyte))
  const paused = await system.event('IntakePaused', ({ data }) => data.place === disk)
  expect(paused.data.freeBytes).toBeLessThan(paused.data.watermarkBytes)
  expect(paused.data.watermarkBytes).toBe(megabyte)
  const refused = await send()
  expect(refused).toMatchObject({ Status: 0xa700 })
  expect(refused.ErrorComment).toBe('RD_INTAKE_PAUSED: the store is nearly full; send again later')
  expect(level()).toBe('full')

  await rm(join(disk, 'log'))
  await system.event('IntakeResumed', ({ data }) => data.place === disk)
  expect((await send()).Status).toBe(0)
  modality.send(releaseRequest)
  await modality.rest()
  const closed = await system.event('AssociationClosed')
  expect(closed.data).toMatchObject({ stored: 3, refused: 1 })
  expect(system.events().filter(({ type }) => type === 'SpaceRanLow')).toHaveLength(1)
})
