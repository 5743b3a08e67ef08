import { availableParallelism, totalmem } from 'node:os'
import type Docker from 'dockerode'
import { describe, expect, test } from 'vitest'
import { machineOf, roomOf } from '../../../../processors/worker/offer.ts'

const machine = { cpus: 16, memory: 64_000 }

describe('a worker offers', () => {
  test.each([
    ['nothing: all that the machine has', {}, { slots: 16, cpus: 16, memory: 64_000 }],
    ['CPUs: a slot for each', { cpus: 3.5 }, { slots: 3, cpus: 3.5, memory: 64_000 }],
    ['less than a CPU: one slot', { cpus: 0.5 }, { slots: 1, cpus: 0.5, memory: 64_000 }],
    ['slots: a CPU for each at least', { slots: 20 }, { slots: 20, cpus: 20, memory: 64_000 }],
    ['fewer CPUs than slots', { slots: 8, cpus: 2 }, { slots: 8, cpus: 2, memory: 64_000 }],
    ['memory', { memory: 1000 }, { slots: 16, cpus: 16, memory: 1000 }],
  ])('what it says, and what follows where it says %s', (_, said, room) =>
    expect(roomOf(said, machine)).toEqual(room),
  )
})

describe('the machine is', () => {
  const engine = (info: () => Promise<unknown>) => ({ info }) as unknown as Docker
  test("that of the engine, which may be another one's", async () =>
    expect(await machineOf(engine(() => Promise.resolve({ NCPU: 16, MemTotal: 64_000 })))).toEqual(machine))

  test.each([
    ['does not answer', () => Promise.reject(new Error('connect ENOENT'))],
    ['does not know', () => Promise.resolve({ NCPU: 0, MemTotal: 0 })],
  ])('ours where the engine %s', async (_, info) =>
    expect(await machineOf(engine(info))).toEqual({ cpus: availableParallelism(), memory: totalmem() }),
  )
})
