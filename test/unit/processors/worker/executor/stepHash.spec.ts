import { describe, expect, test } from 'vitest'
import { type MountFile } from '../../../../../core/manifest/manifest.ts'
import { specOf } from '../../../../../processors/worker/executor/spec.ts'
import { stepHash } from '../../../../../processors/worker/executor/stepHash.ts'

const file = (path: string, digit = '0', key = `instances/1/${path}`): MountFile => ({
  path,
  object: { key, size: 1, sha256: digit.repeat(64) },
})
interface Step {
  readonly spec?: Readonly<Record<string, unknown>>
  readonly kwargs?: Readonly<Record<string, unknown>>
  readonly image?: string
  readonly inputs?: Readonly<Record<string, readonly MountFile[]>>
}
const kwargs = {
  image: 'registry.example/bone:1',
  command: ['bone', '--fast'],
  environment: { THRESHOLD: '200' },
}
const spec = {
  input_mounts: { src: '/input', mask: '/mask' },
  output_mounts: { dst: '/output' },
  static_mounts: ['/srv/weights:/weights'],
  config: { threshold: 200 },
}
const inputs = { src: [file('a', '1'), file('b', '2')], mask: [file('m', '3')] }
const hash = (step: Step = {}) =>
  stepHash({
    spec: specOf(JSON.stringify({ ...spec, ...step.spec, docker_kwargs: { ...kwargs, ...step.kwargs } })),
    imageDigest: step.image ?? 'registry.example/bone@sha256:abc',
    inputs: new Map(Object.entries(step.inputs ?? inputs)),
  })

test('the hash of a step does not change from version to version without its being said', () => {
  expect(hash()).toBe('2beb555d23bdf795862a4514e1c9d2ddee080cddc6655fe4414f7e4671bf5e3f')
})

describe('a step is another', () => {
  test.each<[string, Step]>([
    ['image', { image: 'registry.example/bone@sha256:abd' }],
    ['image without a digest', { image: 'sha256:abd' }],
    ['command', { kwargs: { command: ['bone', '--slow'] } }],
    ['command of the image', { kwargs: { command: undefined } }],
    ['words of the command', { kwargs: { command: ['bone --fast'] } }],
    ['entrypoint', { kwargs: { entrypoint: ['/entry'] } }],
    ['value of a variable', { kwargs: { environment: { THRESHOLD: '300' } } }],
    ['name of a variable', { kwargs: { environment: { LIMIT: '200' } } }],
    ['user', { kwargs: { user: '1000' } }],
    ['working folder', { kwargs: { working_dir: '/app' } }],
    ['root that can be written', { kwargs: { read_only: false } }],
    ['folder in memory', { kwargs: { tmpfs: { '/scratch': '' } } }],
    ['network', { kwargs: { network_mode: 'bridge' } }],
    ['network, as a key of the model', { spec: { network: 'bridge' } }],
    ['memory of the host', { kwargs: { ipc_mode: 'host' } }],
    ['GPU', { spec: { gpu: true } }],
    ['number of GPUs', { spec: { gpus: 2 } }],
    ['memory of a GPU', { spec: { gpus: 2, gpu_memory: '8g' } }],
    ['config', { spec: { config: { threshold: 300 } } }],
    ['type in the config', { spec: { config: { threshold: '200' } } }],
    ['folder of the config', { spec: { config_dump_folder: '/settings' } }],
    ['no config', { spec: { config: {} } }],
    ['static mount', { spec: { static_mounts: ['/srv/weights2:/weights'] } }],
    ['path of an input', { spec: { input_mounts: { src: '/in', mask: '/mask' } } }],
    ['inputs the other way round', { inputs: { src: inputs.mask, mask: inputs.src } }],
    ['content of a file', { inputs: { ...inputs, src: [file('a', '1'), file('b', '4')] } }],
    ['name of a file', { inputs: { ...inputs, src: [file('a', '1'), file('c', '2')] } }],
    ['files that changed places', { inputs: { ...inputs, src: [file('a', '2'), file('b', '1')] } }],
    ['file less', { inputs: { ...inputs, src: [file('a', '1')] } }],
    ['file in another mount', { inputs: { src: [file('a', '1')], mask: [file('b', '2'), file('m', '3')] } }],
    ['path of an output', { spec: { output_mounts: { dst: '/result' } } }],
    ['name of an output', { spec: { output_mounts: { mask2: '/output' } } }],
    ['further output', { spec: { output_mounts: { dst: '/output', more: '/more' } } }],
  ])('with another %s', (_, step) => {
    expect(hash(step)).not.toBe(hash())
    expect(hash(step)).toMatch(/^[0-9a-f]{64}$/)
  })

  test('each from the other', () => {
    const steps = [
      {},
      { spec: { gpu: true } },
      { spec: { gpus: 2 } },
      { spec: { gpus: 2, gpu_memory: '8g' } },
    ]
    expect(new Set(steps.map(hash)).size).toBe(steps.length)
  })
})

describe('a step is the same', () => {
  test.each<[string, Step]>([
    [
      'of another registry',
      { image: 'localhost:5000/bone@sha256:abc', kwargs: { image: 'localhost:5000/bone:2' } },
    ],
    ['by another name', { spec: { name: 'other' } }],
    [
      'with other limits',
      { kwargs: { mem_limit: '8g', nano_cpus: 1, shm_size: '1g', pids_limit: 5, cpu_shares: 2 } },
    ],
    ['with other needs', { spec: { cpus: 4, memory: '8g', labels: ['fast'] } }],
    ['with labels', { kwargs: { labels: { a: '1' } } }],
    ['with a host name', { kwargs: { hostname: 'bone' } }],
    ['that is stopped in another way', { kwargs: { stop_signal: 'SIGINT', init: false } }],
    ['with another timeout', { spec: { timeout: 5 } }],
    ['that is tried again', { spec: { retries: 3 } }],
    ['that may fail', { spec: { optional: true } }],
    ['that has conditions', { spec: { when: { src: [{ Modality: ['CT'] }] } } }],
    ['whose image is not pulled', { spec: { pull_before_exec: false } }],
    [
      'with what we tell every model',
      {
        kwargs: {
          environment: { ...kwargs.environment, FLOW_UID: '1', RADDEPLOY_RUN_ID: '2', CONTAINER_TAG: '3' },
        },
      },
    ],
    [
      'whose files lie elsewhere',
      { inputs: { ...inputs, src: [file('a', '1', 'other/a'), file('b', '2', 'other/b')] } },
    ],
    [
      'whose files are listed in another order',
      { inputs: { ...inputs, src: [file('b', '2'), file('a', '1')] } },
    ],
    [
      'whose mounts are listed in another order',
      { spec: { input_mounts: { mask: '/mask', src: '/input' } } },
    ],
    [
      'that says what is so by default',
      {
        kwargs: { read_only: true, network_mode: 'none', ipc_mode: 'private' },
        spec: { gpu: false, config_dump_folder: '/config' },
      },
    ],
  ])('%s', (_, step) => {
    expect(hash(step)).toBe(hash())
  })
})
