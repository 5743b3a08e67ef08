import { describe, expect, test } from 'vitest'
import { linesLeftOut } from '../../../../../app/cli/runs/attemptLog.ts'
import { type Followed, followLogs } from '../../../../../app/cli/runs/followLogs.ts'
import { withName } from '../../../../../app/cli/runs/logs.ts'
import { beginningLeftOut, restComesLater } from '../../../../../core/run/modelLog.ts'
import { key } from '../../../../../infra/s3/key.ts'
import { memoryStore } from '../../../../support/memoryStore.ts'

const containerId = 'c0ffee'.repeat(8)
const nonce = 'c0ffeec0ffee'
const model = (changes: Partial<Followed> = {}): Followed => ({
  ...{
    runId: 'run',
    jobId: 'job',
    attempt: 1,
    name: 'contour',
    containerId: null,
    logKey: null,
    endedAt: null,
  },
  ...changes,
})
const running = model({ containerId })
const ended = model({ containerId, logKey: 'log', endedAt: '2026-01-01T00:00:00.000Z' })

interface State {
  readonly models?: readonly Followed[]
  readonly put?: Readonly<Record<string, string | null>>
}

/** A run that goes through states, one at each look; what changed in the store is put there just before. */
const run = (...states: readonly State[]) => {
  const { store, objects } = memoryStore()
  let at = 0
  const look = async () => {
    const { models = [running], put = {} } = states[at++]!
    for (const [name, content] of Object.entries(put))
      if (content === null) objects.delete(name)
      else objects.set(name, Buffer.from(content))
    return { isOver: at === states.length, models }
  }
  return { look, store, pauseMs: 1 }
}
const part = (number: number, of: Partial<Followed> = {}): string =>
  key.liveLog('run', of.jobId ?? 'job', of.attempt ?? 1, nonce, number)
const linesOf = async (...states: readonly State[]): Promise<string[]> => {
  const lines: string[] = []
  for await (const { text } of followLogs({ ...run(...states), signal: new AbortController().signal }))
    lines.push(text)
  return lines
}

describe('a model that is followed', () => {
  test('is heard line by line while it runs, and to its end from the whole log', async () => {
    expect(
      await linesOf(
        { models: [model()] },
        {},
        { put: { [part(1)]: '1 a\n2 b\n' } },
        { put: { [part(2)]: '3 c\n', [part(3)]: '4 d\n' } },
        { models: [ended], put: { log: '1 a\n2 b\n3 c\n4 d\n5 e\n', [part(1)]: null } },
      ),
    ).toEqual(['1 a', '2 b', '3 c', '4 d', '5 e'])
  })

  test('that has ended before is heard whole', async () => {
    expect(await linesOf({ models: [ended], put: { log: '1 a\n2 b' } })).toEqual(['1 a', '2 b'])
  })

  test('says no line twice, however its parts are cut', async () => {
    const whole = '1 é\n2 bb\n\n4 dddd\n5'
    const bytes = Buffer.from(whole)
    for (let first = 1; first < bytes.length; first += 1)
      for (let second = first; second < bytes.length; second += 3) {
        const { look, store, pauseMs } = run({}, {}, { models: [ended] })
        await store.put(part(1), bytes.subarray(0, first))
        await store.put(part(2), bytes.subarray(first, second))
        await store.put('log', bytes)
        const lines: string[] = []
        const signal = new AbortController().signal
        for await (const { text } of followLogs({ look, store, pauseMs, signal })) lines.push(text)
        expect(lines).toEqual(whole.split('\n'))
      }
  })

  test('goes on where it was in a log whose beginning was left out', async () => {
    const seen = { put: { [part(1)]: '1 a\n2 b\n3 c\n4 hal' } }
    for (const kept of ['1 a\n2 b\n3 c\n', '2 b\n3 c\n', '3 c\n'])
      expect(
        await linesOf(seen, { models: [ended], put: { log: `${beginningLeftOut}${kept}4 half\n5 e\n` } }),
      ).toEqual(['1 a', '2 b', '3 c', '4 half', '5 e'])
  })

  test('says where lines are missing, and that more comes than is shown', async () => {
    expect(
      await linesOf(
        { put: { [part(1)]: '1 a\n2 b\n' } },
        { put: { [part(2)]: restComesLater, [part(3)]: 'never read\n' } },
        { models: [ended], put: { log: `${beginningLeftOut}8 h\n9 i\n` } },
      ),
    ).toEqual(['1 a', '2 b', restComesLater.trimEnd(), linesLeftOut, '8 h', '9 i'])
    expect(await linesOf({ models: [ended], put: { log: `${beginningLeftOut}9 i\n` } })).toEqual([
      beginningLeftOut.trimEnd(),
      '9 i',
    ])
  })

  test('whose log nobody stored is heard as far as it was seen', async () => {
    const lost = model({ containerId, endedAt: ended.endedAt })
    expect(
      await linesOf(
        { put: { [part(1)]: '1 a\n' } },
        { models: [lost], put: { [part(2)]: '2 b\n3 hal' } },
        { models: [lost], put: { [part(3)]: 'too late\n' } },
      ),
    ).toEqual(['1 a', '2 b', '3 hal'])
  })

  test('whose log was stored though no event names it is heard whole', async () => {
    const cancelled = model({ containerId, endedAt: ended.endedAt })
    const log = key.log('run', 'job', 1, nonce, 'log')
    expect(
      await linesOf({ put: { [part(1)]: '1 a\n' } }, { models: [cancelled], put: { [log]: '1 a\n2 b\n' } }),
    ).toEqual(['1 a', '2 b'])
  })

  test('that never ran, since its outputs were there, says nothing', async () => {
    expect(await linesOf({ models: [model({ endedAt: ended.endedAt })] })).toEqual([])
  })

  test('that still runs when its run is over is heard so far', async () => {
    expect(await linesOf({ put: { [part(1)]: '1 a\n2 hal' } })).toEqual(['1 a', '2 hal'])
  })
})

describe('a run that is followed', () => {
  const second = model({ jobId: 'next', name: 'check', containerId })
  const again = model({ attempt: 2, containerId })

  test('is heard with every model and attempt as they start', async () => {
    const failed = { ...ended, logKey: 'failed' }
    const seen = followLogs({
      ...run(
        { put: { [part(1)]: 'one\n' } },
        { models: [failed, again], put: { failed: 'one\ntwo\n', [part(1, again)]: 'again\n' } },
        {
          models: [failed, { ...again, ...ended, attempt: 2 }, second],
          put: { log: 'again\nto the end\n', [part(1, second)]: 'checking\n' },
        },
      ),
      signal: new AbortController().signal,
    })
    const lines: string[] = []
    for await (const line of seen) lines.push(withName(['contour', 'check'])(line))
    expect(lines).toEqual([
      'contour | one',
      'contour | two',
      'contour (attempt 2) | again',
      'contour (attempt 2) | to the end',
      'check   | checking',
    ])
  })

  test('is heard no more once that is asked for', async () => {
    const stop = new AbortController()
    const lines: string[] = []
    const states = [{ put: { [part(1)]: '1 a\n2 b\n' } }, {}, {}]
    for await (const { text } of followLogs({ ...run(...states), signal: stop.signal })) {
      lines.push(text)
      stop.abort()
    }
    expect(lines).toEqual(['1 a'])
  })

  test('of one model has lines without its name', () => {
    expect(withName(['contour'])({ name: 'contour', attempt: 1, text: 'a' })).toBe('a')
  })
})
