import { describe, expect, test } from 'vitest'
import { read, refuseWorkerOptions, withWorkerOptions } from '../../../../app/cli/workerOptions.ts'
import { configSchema, workerIdOf } from '../../../../app/config.ts'

const GiB = 1024 ** 3

test.each([
  ['id', 'gpu-0', 'gpu-0'],
  ['slots', '3', 3],
  ['cpus', '0.5', 0.5],
  ['memory', '64g', 64 * GiB],
  ['labels', 'a100, fast', ['a100', 'fast']],
  ['dockerHost', 'tcp://gpu-1:2376', 'tcp://gpu-1:2376'],
] as const)('--%s takes %s', (name, text, value) => expect(read[name](text)).toEqual(value))

test('--gpus takes ids, each with its memory where that is known', () =>
  expect(read.gpus('0,1=24g')).toEqual([
    { id: '0', memory: 0 },
    { id: '1', memory: 24 * GiB },
  ]))

test.each([
  ['id', 'a/b', 'It must be a word of up to 63 letters, digits, ".", "_" and "-".'],
  ['slots', '0', 'It must be a whole number from 1 on.'],
  ['slots', '1.5', 'It must be a whole number from 1 on.'],
  ['cpus', '0.0', 'It must be a number of CPUs: 8, 0.5.'],
  ['cpus', 'all', 'It must be a number of CPUs: 8, 0.5.'],
  ['memory', 'all', 'It must be a number of bytes, or digits with a unit: 512m, 2g.'],
  ['memory', '0g', 'It must be more than nothing: 512m, 2g.'],
  ['gpus', '0,0', 'It names a GPU twice.'],
  ['gpus', '0=much', 'It must be a GPU: its id, or id=memory (0=24g).'],
  ['labels', 'a b', 'It must be a word of up to 128 characters, without blanks and ",".'],
  ['dockerHost', 'ssh://gpu-1', 'It must be unix:///path or tcp://host:port.'],
] as const)('--%s %j is refused with what it must be', (name, text, reason) =>
  expect(() => read[name](text)).toThrow(reason),
)

describe('the options of a worker', () => {
  const config = configSchema.parse({ home: '/h', instance: 'host-1', worker: { slots: 2, labels: ['old'] } })

  test('take the place of what the configuration says, and leave the rest', () => {
    const told = withWorkerOptions(config, { id: 'gpu-0', labels: ['new'], dockerHost: 'unix:///d.sock' })
    expect(workerIdOf(told)).toBe('gpu-0')
    expect(told).toEqual({ ...config, worker: { ...config.worker, id: 'gpu-0', labels: ['new'] } })
  })

  test('are refused by name for another service, which would not heed them', () => {
    expect(() => refuseWorkerOptions('scp', { slots: 2, dockerHost: 'unix:///d.sock' })).toThrow(
      expect.objectContaining({
        code: 'RD_USAGE',
        message: '--slots, --docker-host: only `raddeploy run worker` takes that, not scp',
      }),
    )
    refuseWorkerOptions('scp', {})
    refuseWorkerOptions('worker', { slots: 2 })
  })
})
