import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from 'tar-stream'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { loggedLine, loggedModel } from '../../app/cli/runs/logs.ts'
import { busyboxImage } from '../integration/docker/busybox.ts'
import { makeFile } from '../support/dicomFiles.ts'
import { type Hospital, hospitalOf } from '../support/hospital.ts'
import { type System, startSystem } from '../support/system.ts'
import { type Session, type as typed } from '../support/terminal.ts'
import { until } from '../support/until.ts'

const program = ['--import', 'tsx', join(import.meta.dirname, '../../app/main.ts')]
const image = 'rd-test/talking:1'
let system: System
let hospital: Hospital
let folder: string
let sessions: Session[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-logs-'))
  system = await startSystem(inject('endpoints'))
  hospital = await hospitalOf(system)
  const { instance, servers, scp } = system.config
  await writeFile(join(folder, 'raddeploy.yaml'), JSON.stringify({ instance, servers, scp }))
  await busyboxImage(system.connections.docker, image)
  await system.apply(`
name: talking
triggers: [{ Modality: ['^MR$'] }]
models:
  - name: reads
    docker_kwargs:
      image: ${image}
      command: [sh, -c, 'echo reading; until [ -e /input/go ]; do sleep 0.05; done; cp /input/*.dcm /output; echo read; printf end']
    pull_before_exec: false
    input_mounts: { src: /input }
    output_mounts: { read: /output }
  - name: writes it
    docker_kwargs: { image: ${image}, command: [sh, -c, 'echo writing; cp /input/* /output'] }
    pull_before_exec: false
    input_mounts: { read: /input }
    output_mounts: { dst: /output }
destinations: [{ host: 127.0.0.1, port: ${hospital.destination.port}, ae_title: TPS }]
`)
})
afterEach(() => {
  for (const session of sessions) session.kill()
  sessions = []
})
afterAll(async () => {
  await system.retire('talking')
  await system.connections.docker.getImage(image).remove({ force: true })
  await system.stop()
  await hospital.close()
  await rm(folder, { recursive: true, force: true })
})

const logs = (...args: string[]): Session => {
  const session = typed([process.execPath, ...program, 'runs', 'logs', ...args], {
    RADDEPLOY_HOME: folder,
    RADDEPLOY_CONFIG: join(folder, 'raddeploy.yaml'),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
  })
  sessions.push(session)
  return session
}

/** A run whose first model prints a line and then waits for `go`. */
const begin = async () => {
  const calling = await hospital.send([(await makeFile(folder, { kind: 'mr' })).path])
  const { data } = await system.event('RunCreated', (event) => event.data.calling.aeTitle === calling)
  const { runId } = data
  const started = await system.event('ModelStarted', (event) => event.data.runId === runId)
  const container = system.connections.docker.getContainer(started.data.containerId)
  await until(async () => (await container.inspect()).State.Running, 'the container')
  const inTables = async () => {
    const { rowCount } = await system.connections.pool.query(
      'select from raddeploy.models where run_id = $1 and started_at is not null',
      [runId],
    )
    return rowCount === 1
  }
  await until(inTables, 'the start of the model in the tables')
  const go = async (): Promise<void> => {
    const tar = pack()
    tar.entry({ name: 'go' }, '')
    tar.finalize()
    await container.putArchive(tar as unknown as NodeJS.ReadableStream, { path: '/input' })
  }
  const hasEnded = (): boolean =>
    system.events().some(({ type, stream }) => type === 'ModelFinished' && stream === runId)
  return { runId, go, hasEnded }
}
const stamp = String.raw`\d{4}-\d\d-\d\dT\S+Z`

describe('the logs of a run', () => {
  test('are followed line by line while its models run, until it has ended', async () => {
    const { runId, go, hasEnded } = await begin()
    const follow = logs('-f', runId.slice(0, 12))
    const alike = [logs('-f', runId, '--json'), logs('--follow', runId, '--model', 'writes it')] as const
    await follow.says(new RegExp(`^reads     \\| ${stamp} reading$`, 'm'))
    await alike[0].says(/reading/)
    expect(hasEnded()).toBe(false)
    const now = logs(runId, '--json')
    expect(await now.ended()).toBe(0)
    const [reads] = loggedModel.array().parse(JSON.parse(now.said()))
    expect(reads).toMatchObject({ name: 'reads', status: 'running' })
    expect(reads!.log).toMatch(new RegExp(`^${stamp} reading\n$`))
    await go()

    expect(await follow.ended(), follow.said()).toBe(0)
    const lines = ['reads     | reading', 'reads     | read', 'reads     | end', 'writes it | writing']
    expect(follow.said().replace(new RegExp(`${stamp} `, 'g'), '')).toBe(`${lines.join('\n')}\n`)
    expect(await alike[0].ended()).toBe(0)
    const objects = alike[0]
      .said()
      .trimEnd()
      .split('\n')
      .map((line) => loggedLine.parse(JSON.parse(line)))
    expect(objects.map(({ name, attempt, text }) => [name, attempt, text.split(' ').at(-1)])).toEqual([
      ['reads', 1, 'reading'],
      ['reads', 1, 'read'],
      ['reads', 1, 'end'],
      ['writes it', 1, 'writing'],
    ])
    expect(await alike[1].ended()).toBe(0)
    expect(alike[1].said()).toMatch(
      new RegExp(
        `^raddeploy: nothing has started yet: writes it waits for its inputs\n(raddeploy: [^\n]+\n)*${stamp} writing\n$`,
      ),
    )
  })

  test('are followed no more after Ctrl-C', async () => {
    const { runId, go, hasEnded } = await begin()
    const follow = logs('-f', runId)
    await follow.says(/reading/)
    follow.interrupt()
    expect(await follow.ended()).toBe(0)
    expect(hasEnded()).toBe(false)
    await go()
    await system.event('RunFinished', ({ data }) => data.runId === runId)
  })
})
