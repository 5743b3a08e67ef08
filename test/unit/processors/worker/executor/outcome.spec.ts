import { type ContainerInspectInfo } from 'dockerode'
import { describe, expect, test } from 'vitest'
import {
  type ContainerState,
  outcomeOf,
  startFailed,
  stateIn,
} from '../../../../../processors/worker/executor/outcome.ts'

const exited = (changes: Partial<ContainerState> = {}): ContainerState => ({
  Status: 'exited',
  Running: false,
  ExitCode: 0,
  OOMKilled: false,
  Error: '',
  StartedAt: '2026-01-01T00:00:00.123456789Z',
  FinishedAt: '2026-01-01T00:00:10.123456789Z',
  ...changes,
})
const outcome = (changes: Partial<ContainerState>, timeoutMs = 60_000) =>
  outcomeOf(exited(changes), timeoutMs)

describe('how a container ended', () => {
  test('exit code 0 is success, with its run time', () => {
    expect(outcome({})).toEqual({ ok: true, exitCode: 0, durationMs: 10_000 })
  })

  test('exit code 0 is success though a process of it was killed for memory', () => {
    expect(outcome({ OOMKilled: true })).toMatchObject({ ok: true })
  })

  test('137 is a lack of memory only where the engine saw one', () => {
    expect(outcome({ ExitCode: 137, OOMKilled: true })).toMatchObject({ kind: 'oom', exitCode: 137 })
    expect(outcome({ ExitCode: 137 })).toMatchObject({ kind: 'engine' })
    expect(outcome({ ExitCode: 1, OOMKilled: true })).toMatchObject({ kind: 'exit', exitCode: 1 })
  })

  test.each([
    ['its engine killed it', { ExitCode: 137 }],
    ['its engine asked it to stop', { ExitCode: 143 }],
    ['its engine was not there any more', { ExitCode: 255, Unattended: true }],
    ['its engine says what happened', { ExitCode: 255, Error: 'context canceled' }],
  ])('a container that did not end by itself is not the failure of the model: %s', (_, state) => {
    const failed = outcome(state)
    expect(failed).toMatchObject({ kind: 'engine', exitCode: state.ExitCode, durationMs: 10_000 })
    expect((failed as { message: string }).message).toMatch(/^the container was ended from outside/)
  })

  test('what was over before its engine came back did not run for all that time', () => {
    expect(outcome({ ExitCode: 255, Unattended: true }, 1000)).toMatchObject({ kind: 'engine' })
  })

  test('255 and the end of a process that was starved are the own end of a model', () => {
    expect(outcome({ ExitCode: 255 })).toMatchObject({ kind: 'exit' })
    expect(outcome({ ExitCode: 143, OOMKilled: true })).toMatchObject({ kind: 'exit' })
    expect(outcome({ ExitCode: 137, OOMKilled: true })).toMatchObject({ kind: 'oom' })
  })

  test.each([
    [{ ExitCode: 3 }, 'it ended with exit code 3; its log says why'],
    [{ ExitCode: 139 }, 'it ended with exit code 139 (signal 11); its log says why'],
    [
      { ExitCode: 127 },
      'it ended with exit code 127 (a program that is not there or cannot be run); its log says why',
    ],
    [
      { ExitCode: 1, OOMKilled: true },
      'it ended with exit code 1; a process of it was killed for memory; its log says why',
    ],
  ])('%j is said in words', (state, message) => {
    expect(outcome(state)).toMatchObject({ kind: 'exit', message })
  })

  test('longer than its timeout is a timeout, whatever the exit code', () => {
    for (const ExitCode of [0, 1, 137, 143])
      expect(outcome({ ExitCode, OOMKilled: true }, 10_000)).toMatchObject({
        kind: 'timeout',
        durationMs: 10_000,
      })
    expect(outcome({}, 10_001)).toMatchObject({ ok: true })
  })

  test('what did not start for want of a program is the image, anything else the engine', () => {
    const created = {
      Status: 'created',
      StartedAt: '0001-01-01T00:00:00Z',
      FinishedAt: '0001-01-01T00:00:00Z',
    }
    const failed = outcome({ ...created, ExitCode: 127, Error: 'exec: "/x":\nno such file' })
    expect(failed).toMatchObject({ kind: 'image', exitCode: 127, durationMs: null })
    expect(failed).toHaveProperty(
      'message',
      'the container cannot be started: exec: "/x": no such file; correct the command or the image',
    )
    expect(outcome({ ...created, ExitCode: 128, Error: 'no device driver' })).toMatchObject({
      kind: 'engine',
    })
  })

  test('a container that has not ended has no outcome but the failure of its engine', () => {
    expect(outcome({ Status: 'created' })).toMatchObject({ kind: 'engine' })
    expect(outcome({ Status: 'running', Running: true })).toMatchObject({ kind: 'engine' })
  })

  test('a long reason of the engine is cut', () => {
    const failed = outcome({ Status: 'created', ExitCode: 128, Error: 'x'.repeat(5000) })
    expect((failed as { message: string }).message.length).toBeLessThan(450)
  })
})

test('a container that is still on its network has ended while its engine was away', () => {
  const inspected = (Running: boolean, EndpointID: string) =>
    stateIn({
      State: exited({ Running }),
      NetworkSettings: { Networks: { none: { EndpointID } } },
    } as unknown as ContainerInspectInfo)
  expect(inspected(false, 'b1').Unattended).toBe(true)
  expect(inspected(false, '').Unattended).toBe(false)
  expect(inspected(true, 'b1').Unattended).toBe(false)
})

test('only a container that was created and cannot start has failed to start', () => {
  expect(startFailed(exited({ Status: 'created' }))).toBe(false)
  expect(startFailed(exited({ Status: 'created', ExitCode: 128 }))).toBe(true)
  expect(startFailed(exited({ Status: 'created', Error: 'why' }))).toBe(true)
  expect(startFailed(exited({ ExitCode: 1 }))).toBe(false)
})
