import { describe, expect, test } from 'vitest'
import { type DockerKwargs } from '../../../../core/flow/dockerKwargs.ts'
import { type Parsed, parseFlow } from '../../../../core/flow/parse.ts'
import { problemText } from '../../../../core/flow/problem.ts'

const withKwarg = (line: string): Parsed =>
  parseFlow(
    `triggers: [{Modality: [CT]}]\nmodels:\n  - docker_kwargs:\n      image: seg\n      ${line}\n`,
    'f.yaml',
  )
const kwargsOf = (line: string): DockerKwargs => withKwarg(line).flow!.models[0]!.docker_kwargs
const problemsOf = (line: string): string => (withKwarg(line).problems ?? []).map(problemText).join()

describe('docker_kwargs', () => {
  test('a command in one text is split as docker-py splits it', () => {
    expect(kwargsOf(`command: sh -c 'cp -r "$IN"/* /out' a\\ b "c \\"d\\" \\n"`).command).toEqual([
      'sh',
      '-c',
      'cp -r "$IN"/* /out',
      'a b',
      'c "d" \\n',
    ])
    expect(kwargsOf('entrypoint: [python, "a b.py"]').entrypoint).toEqual(['python', 'a b.py'])
  })

  test('variables become the text that Python gives them', () => {
    expect(
      kwargsOf('environment: {A: 0, B: 1.0, C: yes, D: , E: 1e-05, F: "x=y", G: 0x10}').environment,
    ).toEqual({
      A: '0',
      B: '1.0',
      C: 'True',
      D: '',
      E: '1e-05',
      F: 'x=y',
      G: '16',
    })
    expect(kwargsOf('environment: ["A=1", "B=x=y", "C"]').environment).toEqual({ A: '1', B: 'x=y', C: '' })
  })

  test.each([
    'privileged: true',
    'volumes: [/:/host]',
    'cap_add: [SYS_ADMIN]',
    'devices: [/dev/sda]',
    'pid_mode: host',
  ])('%s is refused, with the reason', (line) =>
    expect(problemsOf(line)).toMatch(/is not allowed: it lets the container reach out/),
  )

  test.each([
    ['name: x', /for the worker to decide/],
    ['device_requests: []', /gpu: true/],
    ['network_mode: "container:abc"', /is one of none, bridge, host/],
    ['mem_limit: lots', /512m/],
    ['shm_size: -1', /512m/],
    ['command: sh -c "x', /not closed/],
    ['environment: {"A B": 1}', /no name of a variable/],
    ['imag: x', /did you mean "image"/],
    ['timeout: 5', /belongs beside docker_kwargs/],
  ])('%s', (line, reason) => expect(problemsOf(line)).toMatch(reason))
})

/** docker-py's names on RadDeploy's list of 2024, but for device_cgroup_rules, which is refused. */
test.each([
  'ports: {"80/tcp": 80}',
  'cpu_period: 100000',
  'cpu_quota: 50000',
  'cpu_rt_period: 1',
  'cpu_rt_runtime: 1',
  'cpu_shares: 512',
  'cpuset_cpus: "0-3,7"',
  'device_read_bps: [{Path: /dev/sda, Rate: 1000}]',
  'device_read_iops: [{Path: /dev/sda, Rate: 1000}]',
  'device_write_bps: [{Path: /dev/sda, Rate: 1000}]',
  'device_write_iops: [{Path: /dev/sda, Rate: 1000}]',
  'ipc_mode: host',
  'labels: {a: b}',
  'mem_limit: 1.5g',
  'mem_reservation: 100m',
  'mem_swappiness: 0',
  'memswap_limit: -1',
  'nano_cpus: 2000000000',
  'network_disabled: true',
  'network_mode: host',
  'shm_size: 2G',
  'user: "1000:1000"',
  'working_dir: /work',
])('%s is allowed', (line) => expect(problemsOf(line)).toBe(''))
