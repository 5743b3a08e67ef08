import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { isRadDeployError } from '../../../core/error/error.ts'
import { type Recorded } from '../../../core/event/event.ts'
import { nonceOf, restComesLater } from '../../../core/run/modelLog.ts'
import { key } from '../../../infra/s3/key.ts'
import { NotWanted } from '../../../processors/runtime/effects.ts'
import { containerName } from '../../../processors/worker/executor/name.ts'
import { discard } from '../../../processors/worker/executor/sweep.ts'
import { until } from '../../support/until.ts'
import { busyboxImage } from './busybox.ts'
import { type Said, Ward } from './ward.ts'

const { docker, s3 } = inject('endpoints')
const ward = new Ward(docker.socketPath, s3)
beforeAll(async () => {
  await ward.store.ensureBucket()
  await busyboxImage(ward.docker, 'raddeploy-test/busybox:1')
})
afterEach(() => discard(ward.docker, ward.labels))
afterAll(() => ward.close())

type Assigned = Recorded<'ModelAssigned'>
const container = ({ data }: Assigned) => ward.docker.getContainer(containerName(data))

/** A model that prints what `line` says again and again, until it finds the file /input/go. */
const printing = (line = 'echo line $i; sleep 0.2', src: Record<string, string> = { x: 'x' }) =>
  ward.assigned({
    script: `i=0; until [ -e /input/go ]; do i=$((i+1)); ${line}; done; echo the end; echo 1 > /output/a`,
    src,
  })

/** Puts an empty file into /input. */
const touch = async (assigned: Assigned, name: string): Promise<void> => {
  const tar = pack()
  tar.entry({ name }, '')
  tar.finalize()
  await container(assigned).putArchive(tar as unknown as NodeJS.ReadableStream, { path: '/input' })
}

/** An executor that runs beside the test until it is stopped, or the model has ended. */
const begin = (assigned: Assigned, changes: object = {}) => {
  const stop = new AbortController()
  const said: Said[] = []
  const done = (async () => {
    for await (const fact of ward.executor(changes)(assigned, stop.signal)) said.push(fact)
  })()
  const log = async (): Promise<string> => {
    await done
    const { data } = said.at(-1) as Extract<Said, { type: 'ModelFinished' }>
    return (await ward.store.read(data.log!)).toString()
  }
  return { said, done, log, stop: (why?: Error) => (stop.abort(why), done) }
}

/** The parts of the log that are in the object store now. */
const parts = async (assigned: Assigned, containerId: string): Promise<string[]> => {
  const { runId, jobId, attempt } = assigned.data
  const found: string[] = []
  for (;;)
    try {
      const name = key.liveLog(runId, jobId, attempt, nonceOf(containerId), found.length + 1)
      found.push((await buffer(await ward.store.get(name))).toString())
    } catch (error) {
      if (!isRadDeployError(error, 'RD_NOT_FOUND')) throw error
      return found
    }
}

/** Waits until the parts hold some text; gives their content. */
const shown = async (assigned: Assigned, text: string | RegExp): Promise<string> => {
  const id = async () => (await container(assigned).inspect()).Id
  let seen = ''
  await until(
    async () => {
      const known = await id().catch(() => undefined)
      if (known !== undefined) seen = (await parts(assigned, known)).join('')
      return typeof text === 'string' ? seen.includes(text) : text.test(seen)
    },
    () => `${String(text)} in ${seen.slice(-200)}`,
  )
  return seen
}
const numbers = (log: string): number[] => [...log.matchAll(/Z line (\d+)$/gm)].map(([, n]) => Number(n))
const counted = (length: number): number[] => Array.from({ length }, (_, at) => at + 1)

describe('the log of a model', () => {
  test('is there part by part while it runs, and whole when it has ended', async () => {
    const assigned = await printing()
    const { log, done } = begin(assigned)
    const seen = await shown(assigned, 'line 12')
    const { Id, State } = await container(assigned).inspect()
    expect(State.Running).toBe(true)
    expect((await parts(assigned, Id)).length).toBeGreaterThan(1)
    await touch(assigned, 'go')
    const whole = await log()
    expect(whole.startsWith(seen)).toBe(true)
    const found = numbers(whole)
    expect(found).toEqual(counted(found.length))
    await done
    expect(await parts(assigned, Id)).toEqual([])
  })

  test('is gone on with by the next process where the last one left it', async () => {
    const assigned = await printing()
    const first = begin(assigned)
    const before = await shown(assigned, 'line 3')
    await first.stop()
    const second = begin(assigned)
    const after = await shown(assigned, `line ${numbers(before).length + 8}`)
    expect(after.startsWith(before)).toBe(true)
    await touch(assigned, 'go')
    expect((await second.log()).startsWith(after)).toBe(true)
  })

  test('is there once where two processes capture it', async () => {
    const assigned = await printing()
    const both = [begin(assigned), begin(assigned)]
    const seen = await shown(assigned, 'line 25')
    expect(numbers(seen)).toEqual(counted(numbers(seen).length))
    await touch(assigned, 'go')
    await Promise.all(both.map(({ done }) => done))
    expect((await both[0]!.log()).startsWith(seen)).toBe(true)
  })

  test('stays as far as it was seen when the model is killed', async () => {
    const assigned = await printing()
    const { stop } = begin(assigned)
    await shown(assigned, 'line 3')
    const { Id } = await container(assigned).inspect()
    await stop(new NotWanted())
    expect(await ward.leftovers()).toEqual([])
    expect((await parts(assigned, Id)).join('')).toContain('line 3')
  })
})

describe('of a log without end', () => {
  const logBytes = 1_000_000
  /** Prints 50 MB once it finds the file /input/more, and waits for the file /input/go. */
  const script = `echo begun; until [ -e /input/more ]; do sleep 0.05; done
    a=$(seq -s " " 1 3000); for i in $(seq 1 3700); do echo line $i $a; done; echo all
    until [ -e /input/go ]; do sleep 0.05; done; echo 1 > /output/a`
  const numbersIn = (log: string): number[] =>
    [...log.matchAll(/Z line (\d+) [\d ]+ 3000$/gm)].map(([, n]) => Number(n))

  test('a bounded part is there while the model runs, and then it is said that there is more', async () => {
    const assigned = await ward.assigned({ script, src: { x: 'x' } })
    const { log } = begin(assigned, { logBytes })
    const begun = await shown(assigned, 'begun')
    await touch(assigned, 'more')
    await shown(assigned, restComesLater)
    const { Id } = await container(assigned).inspect()
    const found = await parts(assigned, Id)
    expect(found.at(-1)).toBe(restComesLater)
    for (const part of found) expect(part.length).toBeLessThanOrEqual(256 * 1024)
    const held = found.slice(0, -1).join('')
    expect(held.length).toBeLessThanOrEqual(logBytes)
    expect(held.length).toBeGreaterThan(logBytes - 20_000)
    expect(held.startsWith(begun)).toBe(true)
    expect(numbersIn(held)).toEqual(counted(held.split('\n').length - 2))
    await touch(assigned, 'go')
    expect((await log()).endsWith('Z all\n')).toBe(true)
    expect(await parts(assigned, Id)).toEqual([])
  })

  test('the next process takes nothing for the beginning that the engine has thrown away', async () => {
    const assigned = await ward.assigned({ script, src: { x: 'x' } })
    const first = begin(assigned, { logBytes })
    const begun = await shown(assigned, 'begun')
    await first.stop()
    await touch(assigned, 'more')
    const last = async () => String(await container(assigned).logs({ stdout: true, tail: 1 }))
    await until(async () => (await last()).endsWith('all\n'), 'the end of the lines')
    const second = begin(assigned, { logBytes })
    const seen = await shown(assigned, restComesLater)
    expect(seen === begun + restComesLater).toBe(true)
    await touch(assigned, 'go')
    await second.done
    expect(second.said.at(-1)!.type).toBe('ModelFinished')
  })
})
