import { describe, expect, test } from 'vitest'
import { workerConfigSchema } from '../../../../../processors/worker/config.ts'
import { layoutOf } from '../../../../../processors/worker/executor/mounts.ts'
import { fillerOptions, modelOptions } from '../../../../../processors/worker/executor/options.ts'
import { specOf } from '../../../../../processors/worker/executor/spec.ts'
import { an } from '../../../../support/events.ts'

const plan = (spec: object, config: object = {}, gpus: readonly string[] = []) => {
  const model = specOf(JSON.stringify(spec))
  return {
    assigned: an.modelAssigned({ gpus: [...gpus] }).data,
    spec: model,
    layout: layoutOf(model),
    config: workerConfigSchema.parse({ workerId: 'worker-1', installation: 'raddeploy', ...config }),
    inputs: new Map(),
    imageId: 'sha256:1',
    imageDigest: 'models/bone@sha256:2',
    stepHash: 'abc',
    hostCpus: 4,
  }
}
const bone = { docker_kwargs: { image: 'models/bone:1' } }
const options = (...given: Parameters<typeof plan>) => modelOptions(plan(...given), 'stem', 'name')

describe('the container of a model', () => {
  test('is isolated where the flow asks for nothing', () => {
    const { HostConfig: host, ...rest } = options(bone)
    expect(rest).toMatchObject({ name: 'name', Image: 'sha256:1', Tty: false })
    expect(rest).not.toHaveProperty('User')
    expect(rest).not.toHaveProperty('Cmd')
    expect(host).toMatchObject({
      NetworkMode: 'none',
      IpcMode: 'private',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Init: true,
      AutoRemove: false,
      PidsLimit: 4096,
    })
    expect(host).not.toHaveProperty('Privileged')
    expect(host).not.toHaveProperty('Binds')
    expect(host).not.toHaveProperty('Memory')
    expect(host!.Tmpfs!['/tmp']).toMatch(/nosuid,nodev/)
    expect(host!.Mounts!.every(({ Type }) => Type === 'volume')).toBe(true)
  })

  test('carries the labels by which it is found again, which a flow cannot change', () => {
    const docker_kwargs = { ...bone.docker_kwargs, labels: { own: '1', 'raddeploy.job': 'forged' } }
    expect(options({ docker_kwargs }).Labels).toEqual({
      own: '1',
      'raddeploy.installation': 'raddeploy',
      'raddeploy.worker': 'worker-1',
      'raddeploy.run': 'run-1',
      'raddeploy.job': 'job-1',
      'raddeploy.attempt': '1',
      'raddeploy.image-digest': 'models/bone@sha256:2',
      'raddeploy.step-hash': 'abc',
    })
  })

  test('gets its environment and what RadDeploy tells every model', () => {
    const docker_kwargs = { ...bone.docker_kwargs, environment: { A: 'x=y', DEBUG: true, FLOW_UID: 'own' } }
    expect(options({ docker_kwargs }).Env).toEqual([
      'A=x=y',
      'DEBUG=True',
      'FLOW_UID=run-1',
      'RADDEPLOY_RUN_ID=run-1',
      'CONTAINER_TAG=models/bone:1',
    ])
  })

  test('gets what the flow says in the names of docker-py', () => {
    const docker_kwargs = {
      image: 'models/bone:1',
      command: 'python "my main.py" --fast',
      entrypoint: ['/entry'],
      user: 1000,
      working_dir: '/app',
      hostname: 'bone',
      stop_signal: 'SIGINT',
      mem_limit: '1.5g',
      shm_size: '512m',
      nano_cpus: 2e9,
      cpuset_cpus: '0-1',
      pids_limit: 100,
      ipc_mode: 'host',
      network_mode: 'bridge',
      read_only: false,
      init: false,
      tmpfs: { '/scratch': 'size=1g' },
    }
    const { HostConfig: host, ...rest } = options({ docker_kwargs })
    expect(rest).toMatchObject({
      Cmd: ['python', 'my main.py', '--fast'],
      Entrypoint: ['/entry'],
      User: '1000',
      WorkingDir: '/app',
      Hostname: 'bone',
      StopSignal: 'SIGINT',
    })
    expect(host).toMatchObject({
      Memory: 1_610_612_736,
      MemorySwap: 1_610_612_736,
      ShmSize: 536_870_912,
      NanoCpus: 2e9,
      CpusetCpus: '0-1',
      PidsLimit: 100,
      IpcMode: 'host',
      NetworkMode: 'bridge',
      ReadonlyRootfs: false,
      Init: false,
    })
    expect(Object.keys(host!.Tmpfs!)).toEqual(['/tmp', '/scratch'])
    expect(host!.CapDrop).toEqual(['ALL'])
  })

  test('has no network where the flow switches it off', () => {
    const docker_kwargs = { ...bone.docker_kwargs, network_mode: 'bridge', network_disabled: true }
    expect(options({ docker_kwargs }).HostConfig!.NetworkMode).toBe('none')
  })

  test.each(['host', 'hospital-lan', 'default'])(
    'has the network %s only where the worker allows it, and the failure says how',
    (network_mode) => {
      const spec = { docker_kwargs: { ...bone.docker_kwargs, network_mode } }
      expect(() => options(spec)).toThrow(
        expect.objectContaining({
          facts: { kind: 'image' },
          message: `network_mode "${network_mode}" is not allowed on this worker; add it to networks of the worker`,
        }),
      )
      expect(options(spec, { networks: [network_mode] }).HostConfig!.NetworkMode).toBe(network_mode)
    },
  )

  test('has no network on a worker that allows none, whatever that is called', () => {
    const docker_kwargs = { ...bone.docker_kwargs, network_mode: 'none' }
    for (const spec of [bone, { docker_kwargs }])
      expect(options(spec, { networks: [] }).HostConfig!.NetworkMode).toBe('none')
    const bridged = { docker_kwargs: { ...bone.docker_kwargs, network_mode: 'bridge' } }
    expect(() => options(bridged, { networks: [] })).toThrow(/not allowed on this worker/)
  })

  test('shares the memory of the host unless the worker forbids it', () => {
    const shared = { docker_kwargs: { ...bone.docker_kwargs, ipc_mode: 'host' } }
    expect(options(shared).HostConfig!.IpcMode).toBe('host')
    expect(() => options(shared, { hostIpc: false })).toThrow(
      expect.objectContaining({
        facts: { kind: 'image' },
        message: 'ipc_mode "host" is not allowed on this worker; set hostIpc of the worker',
      }),
    )
    expect(options(bone, { hostIpc: false }).HostConfig!.IpcMode).toBe('private')
  })

  test('is bounded by the worker where the flow sets no bound, and never gets more processes', () => {
    const config = { memory: 1000, pidsLimit: 50 }
    expect(options(bone, config).HostConfig).toMatchObject({ Memory: 1000, MemorySwap: 1000, PidsLimit: 50 })
    for (const pids_limit of [100, -1])
      expect(
        options({ docker_kwargs: { ...bone.docker_kwargs, pids_limit } }, config).HostConfig!.PidsLimit,
      ).toBe(50)
  })

  test('gets no more memory than it states, whatever the worker offers, unless docker_kwargs say otherwise', () => {
    const config = { memory: '64g' }
    const bounds = (docker_kwargs: object, model: object = { memory: '2g' }) => {
      const spec = { ...model, docker_kwargs: { ...bone.docker_kwargs, ...docker_kwargs } }
      const { Memory, MemorySwap } = options(spec, config).HostConfig!
      return [Memory, MemorySwap]
    }
    expect(bounds({})).toEqual([2 ** 31, 2 ** 31])
    expect(bounds({ mem_limit: '4g' })).toEqual([2 ** 32, 2 ** 32])
    expect(bounds({ memswap_limit: '3g' })).toEqual([2 ** 31, 3 * 2 ** 30])
    expect(bounds({ memswap_limit: -1 })).toEqual([2 ** 31, -1])
    expect(bounds({}, {})).toEqual([2 ** 36, 2 ** 36])
  })

  test('gets no more CPUs than it states, unless docker_kwargs say otherwise', () => {
    const bounds = (docker_kwargs: object, cpus: number | undefined = 1.5) => {
      const spec = { cpus, docker_kwargs: { ...bone.docker_kwargs, ...docker_kwargs } }
      const { NanoCpus, CpuQuota, CpuPeriod } = options(spec).HostConfig!
      return [NanoCpus, CpuQuota, CpuPeriod]
    }
    expect(bounds({})).toEqual([1.5e9, undefined, undefined])
    expect(bounds({ nano_cpus: 3e9 })).toEqual([3e9, undefined, undefined])
    expect(bounds({ cpu_quota: 50_000 })).toEqual([undefined, 50_000, undefined])
    // what Docker would refuse: a number of CPUs beside a period and more than the host has
    expect(bounds({ cpu_period: 50_000 })).toEqual([undefined, 75_000, 50_000])
    expect(bounds({}, 16)[0]).toBe(4e9)
    expect(options(bone).HostConfig!.NanoCpus).toBeUndefined()
  })

  test('is told the memory that it has of each GPU, where the flow states it', () => {
    const told = (spec: object) =>
      options(spec, {}, ['0']).Env!.filter((line) => line.startsWith('RADDEPLOY_GPU_MEMORY'))
    expect(told({ ...bone, gpu_memory: '8g' })).toEqual([`RADDEPLOY_GPU_MEMORY=${8 * 2 ** 30}`])
    expect(told({ ...bone, gpu: true })).toEqual([])
  })

  test('sees the GPUs that were assigned to it, and those alone', () => {
    expect(options(bone).HostConfig).not.toHaveProperty('DeviceRequests')
    expect(options(bone, {}, ['1', 'GPU-abc']).HostConfig!.DeviceRequests).toEqual([
      { Driver: '', Count: 0, DeviceIDs: ['1', 'GPU-abc'], Capabilities: [['gpu']] },
    ])
  })

  test('has the volumes that were filled, and folders of the host that the worker allows', () => {
    const spec = {
      ...bone,
      input_mounts: { src: '/input' },
      output_mounts: { dst: '/output' },
      static_mounts: ['/srv/models/v1:/weights'],
      config: { a: 1 },
    }
    const { Mounts } = options(spec, { staticMounts: [{ prefix: '/srv/models' }] }).HostConfig!
    expect(Mounts!.map(({ Source, Target, ReadOnly }) => [Source, Target, ReadOnly])).toEqual([
      ['stem-0', '/input', false],
      ['stem-1', '/output', false],
      ['stem-config', '/config', false],
      ['/srv/models/v1', '/weights', true],
    ])
    expect(Mounts!.slice(0, 2).every(({ VolumeOptions }) => VolumeOptions!.NoCopy)).toBe(true)
  })

  test('has no /tmp in memory where a mount is there', () => {
    const spec = { ...bone, input_mounts: { src: '/tmp' } }
    expect(options(spec).HostConfig!.Tmpfs).toEqual({})
  })
})

test('the container that fills the volumes sees them apart from the image, and nothing of the host', () => {
  const spec = { ...bone, static_mounts: ['/etc:/etc2'], config: { a: 1 } }
  const filler = fillerOptions(plan(spec), 'stem')
  expect(filler.HostConfig!.Mounts!.map(({ Type, Source, Target }) => [Type, Source, Target])).toEqual([
    ['volume', 'stem-0', '/raddeploy/0'],
    ['volume', 'stem-1', '/raddeploy/1'],
    ['volume', 'stem-config', '/config'],
  ])
  expect(filler.HostConfig!.NetworkMode).toBe('none')
})

test('a definition that this version cannot read is a failure that says why', () => {
  expect(() => specOf('{"docker_kwargs": {"image": "a", "privileged": true}}')).toThrow(
    expect.objectContaining({ code: 'RD_MODEL_FAILED', facts: { kind: 'image' } }),
  )
})
