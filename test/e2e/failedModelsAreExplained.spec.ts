import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Recorded } from '../../core/event/event.ts'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { commandOn } from '../support/command.ts'
import { makeFile } from '../support/dicomFiles.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { type System, startSystem } from '../support/system.ts'
import { until } from '../support/until.ts'

const image = 'rd-test/failing:1'
let system: System
let hospital: Hospital
let folder: string
let file: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-failing-'))
  system = await startSystem(inject('endpoints'))
  hospital = await hospitalOf(system)
  await busyboxImage(system.connections.docker, image)
  file = (await makeFile(folder, { kind: 'mr' })).path
})
afterEach(() => system.retire('failing'))
afterAll(async () => {
  await system.connections.docker.getImage(image).remove({ force: true })
  await system.stop()
  await hospital.close()
  await rm(folder, { recursive: true, force: true })
})

const flow = (kwargs: string, timeout = 60): string => `
name: failing
triggers: [{ Modality: ['^MR$'] }]
models:
  - name: breaks
    docker_kwargs: { ${kwargs} }
    pull_before_exec: false
    timeout: ${timeout}
destinations: [{ host: 127.0.0.1, port: ${hospital.destination.port}, ae_title: TPS }]
`
const shell = (command: string): string => `image: ${image}, command: [sh, -c, ${JSON.stringify(command)}]`

const failure = async (yaml: string) => {
  await system.apply(yaml)
  const calling = await hospital.send([file])
  const ended = await hospital.failed(calling)
  const failed = await system.event('ModelFailed', ({ data }) => data.runId === ended.data.runId)
  return { ended: ended.data, failed: failed.data }
}

/** The last lines of what it printed, which only the object store has. */
const tailOf = async ({ logTail }: Recorded<'ModelFailed'>['data']): Promise<string> =>
  (await system.connections.store.read(logTail!)).toString()

describe('a model that fails', () => {
  test('with an exit code says which, and keeps the last lines of its log out of the events', async () => {
    const { ended, failed } = await failure(flow(shell('echo the weights are missing; exit 3')))
    expect(failed).toMatchObject({ kind: 'exit', exitCode: 3 })
    expect(ended.reason).toMatch(/^exit: /)
    expect(JSON.stringify([failed, ended])).not.toContain('weights')
    expect(await tailOf(failed)).toContain('the weights are missing')
  })

  test('is shown with the last lines of its log', async () => {
    const { ended } = await failure(flow(shell('echo no such organ; exit 4')))
    const call = await commandOn(system, folder)
    let shown = ''
    await until(async () => {
      shown = (await call('runs', 'show', ended.runId)).stdout
      return shown.includes('RunFailed')
    }, 'the end of the run in the tables')
    expect(shown).toMatch(/^status {5}failed: exit: /m)
    expect(shown).toMatch(/^the end of the log of breaks, attempt 1:\n\S+ no such organ$/m)
  })

  test('because its image does not exist says so', async () => {
    const { failed } = await failure(flow('image: rd-test/there-is-none:1'))
    expect(failed.kind).toBe('image')
    expect(failed.message).toContain('rd-test/there-is-none:1')
  })

  test('because it runs past its timeout is stopped', async () => {
    const { failed } = await failure(flow(shell('echo waiting for the weights; sleep 600'), 2))
    expect(failed.kind).toBe('timeout')
    expect(await tailOf(failed)).toContain('waiting for the weights')
  })

  test('because it takes too much memory is told apart', async () => {
    const grows = shell('echo loading the weights; x=a; while true; do x=$x$x; done')
    const { failed } = await failure(flow(`${grows}, mem_limit: 32m`))
    expect(failed.kind).toBe('oom')
    expect(await tailOf(failed)).toContain('loading the weights')
  })

  test('because it wrote nothing is told apart', async () => {
    const { failed } = await failure(flow(shell('true')))
    expect(failed.kind).toBe('output')
  })

  test('does not keep the system from the next run', async () => {
    await system.apply(flow(shell('cp /input/* /output')))
    const calling = await hospital.send([file])
    await hospital.delivered(calling, 'failing')
    expect(hospital.destination.received.size).toBe(1)
  })
})
