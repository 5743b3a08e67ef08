import { type ContainerCreateOptions, type HostConfig, type MountSettings } from 'dockerode'
import { bytesOf } from '../../../core/flow/bytes.ts'
import { type Model } from '../../../core/flow/schema.ts'
import { type ModelAssigned } from '../../../schemas/generated/runs.ts'
import { type WorkerConfig } from '../config.ts'
import { type InputFiles } from './manifests.ts'
import { type Layout, staticMount } from './mounts.ts'
import { label, labelsOf } from './name.ts'
import { ipcOf, networkOf } from './reach.ts'

/** What the options of a container follow from. */
export interface Plan {
  readonly assigned: ModelAssigned
  readonly spec: Model
  readonly layout: Layout
  readonly config: WorkerConfig
  /** The files that go in. */
  readonly inputs: InputFiles
  /** Id of the image, so that the container is of the very image whose digest was read. */
  readonly imageId: string
  readonly imageDigest: string
  readonly stepHash: string
  /** CPUs of the engine's host, asked for where the model states how many it needs. */
  readonly hostCpus: number | undefined
}

/** Names of an attempt's volumes; `stem` is unique for each time they are filled. */
export const volumeName = (stem: string, index: number | 'config'): string => `${stem}-${index}`

/** What the container of an attempt is called before its volumes are full. */
export const draftName = (stem: string): string => `${stem}-draft`

/** Where the container that fills the volumes sees them: apart from anything the image has. */
export const fillFolder = '/raddeploy'

const volume = (
  source: string,
  target: string,
  labels: Record<string, string>,
  noCopy: boolean,
): MountSettings => ({
  Type: 'volume',
  Source: source,
  Target: target,
  ReadOnly: false,
  // NoCopy: neither what an image holds at its input nor at its output may pass for the patient's
  VolumeOptions: { NoCopy: noCopy, Labels: labels, DriverConfig: { Name: 'local', Options: {} } },
})

/** The container that is never started: it creates the volumes and they are filled through it. */
export const fillerOptions = (plan: Plan, stem: string): ContainerCreateOptions => {
  const labels = labelsOf(plan.assigned, plan.config.installation)
  const { volumes, config } = plan.layout
  return {
    name: stem,
    Image: plan.imageId,
    Labels: labels,
    Entrypoint: ['-'],
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: 'none',
      Mounts: [
        ...volumes.map((_, index) => volume(volumeName(stem, index), `${fillFolder}/${index}`, labels, true)),
        ...(config && !config.volume
          ? [volume(volumeName(stem, 'config'), config.folder, labels, false)]
          : []),
      ],
    },
  }
}

/**
 * The container of a model: no capabilities, no network, a root file system that cannot be written, and
 * no path of the host but the static mounts that the worker allows. A flow may ask for a network that the
 * worker allows, or for a writable root (`read_only: false`), never for privileges. Its `ports` are left out:
 * nobody calls a model.
 */
export const modelOptions = (plan: Plan, stem: string, name: string): ContainerCreateOptions => {
  const { assigned, spec, config, imageId, imageDigest, stepHash } = plan
  const { command, entrypoint, user, working_dir, hostname, stop_signal, labels } = spec.docker_kwargs
  return {
    name,
    Image: imageId,
    Labels: {
      ...labels,
      ...labelsOf(assigned, config.installation),
      [label.imageDigest]: imageDigest,
      [label.stepHash]: stepHash,
    },
    Env: environmentOf(plan),
    ...(command && { Cmd: command }),
    ...(entrypoint && { Entrypoint: entrypoint }),
    ...(user !== undefined && { User: user }),
    ...(working_dir !== undefined && { WorkingDir: working_dir }),
    ...(hostname !== undefined && { Hostname: hostname }),
    ...(stop_signal !== undefined && { StopSignal: stop_signal }),
    Tty: false,
    OpenStdin: false,
    HostConfig: {
      ...isolationOf(plan),
      ...boundsOf(plan),
      ...gpusOf(assigned.gpus),
      Mounts: mountsOf(plan, stem),
      AutoRemove: false,
      RestartPolicy: { Name: '' },
      LogConfig: {
        Type: 'json-file',
        // a line is at most 2.3 times as long here as in the log we store: what the engine throws away, we would
        Config: { 'max-size': String(3 * config.logBytes), 'max-file': '2' },
      },
    },
  }
}

/** Variables that RadDeploy sets for every model: the run, by two names, and the image as the flow calls it. */
export const ownVariables: ReadonlySet<string> = new Set(['RADDEPLOY_RUN_ID', 'FLOW_UID', 'CONTAINER_TAG'])

/**
 * What the flow sets, and what RadDeploy tells every model; and the memory that it has of each GPU, in bytes, where it
 * may share them: nothing else keeps it from taking more.
 */
const environmentOf = ({ assigned, spec }: Plan): string[] =>
  Object.entries({
    ...spec.docker_kwargs.environment,
    RADDEPLOY_RUN_ID: assigned.runId,
    FLOW_UID: assigned.runId,
    CONTAINER_TAG: spec.docker_kwargs.image,
    ...(spec.gpu_memory !== undefined && { RADDEPLOY_GPU_MEMORY: spec.gpu_memory }),
  }).map(([name, value]) => `${name}=${value}`)

const isolationOf = ({ spec, layout, config }: Plan): HostConfig => {
  const { read_only, init, tmpfs } = spec.docker_kwargs
  const own = layout.volumes.some(({ path }) => path === '/tmp')
  return {
    NetworkMode: networkOf(spec.docker_kwargs, config),
    IpcMode: ipcOf(spec.docker_kwargs, config),
    ReadonlyRootfs: read_only ?? true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Init: init ?? true,
    Tmpfs: { ...(own ? {} : { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${config.tmpBytes}` }), ...tmpfs },
  }
}

const boundsOf = (plan: Plan): HostConfig => {
  const { spec, config } = plan
  const kwargs = spec.docker_kwargs
  const { mem_limit = spec.memory ?? config.memory, mem_reservation, memswap_limit } = kwargs
  const { shm_size, pids_limit = 0 } = kwargs
  return {
    // no swap beyond the memory unless asked for: a model that needs more shall fail at once, not crawl
    ...(mem_limit !== undefined && {
      Memory: bytesOf(mem_limit),
      MemorySwap: bytesOf(memswap_limit ?? mem_limit),
    }),
    ...(mem_reservation !== undefined && { MemoryReservation: bytesOf(mem_reservation) }),
    ...(shm_size !== undefined && { ShmSize: bytesOf(shm_size) }),
    PidsLimit: pids_limit > 0 ? Math.min(pids_limit, config.pidsLimit) : config.pidsLimit,
    MemorySwappiness: kwargs.mem_swappiness,
    ...cpusOf(plan),
    CpuRealtimePeriod: kwargs.cpu_rt_period,
    CpuRealtimeRuntime: kwargs.cpu_rt_runtime,
    CpuShares: kwargs.cpu_shares,
    CpusetCpus: kwargs.cpuset_cpus,
    BlkioDeviceReadBps: kwargs.device_read_bps,
    BlkioDeviceReadIOps: kwargs.device_read_iops,
    BlkioDeviceWriteBps: kwargs.device_write_bps,
    BlkioDeviceWriteIOps: kwargs.device_write_iops,
  }
}

/**
 * The limit of docker_kwargs, else the CPUs that the model states. Docker refuses to limit a container to more than its
 * host has; a worker may offer more.
 */
const cpusOf = ({ spec, hostCpus = Number.POSITIVE_INFINITY }: Plan): HostConfig => {
  const { nano_cpus, cpu_quota, cpu_period } = spec.docker_kwargs
  const own = { NanoCpus: nano_cpus, CpuPeriod: cpu_period, CpuQuota: cpu_quota }
  if (nano_cpus !== undefined || cpu_quota !== undefined || spec.cpus === undefined) return own
  const cpus = Math.min(spec.cpus, hostCpus)
  // it takes no number of CPUs beside a period
  return cpu_period
    ? { ...own, CpuQuota: Math.round(cpus * cpu_period) }
    : { ...own, NanoCpus: Math.round(cpus * 1e9) }
}

const gpusOf = (gpus: readonly string[]): HostConfig =>
  gpus.length === 0
    ? {}
    : { DeviceRequests: [{ Driver: '', Count: 0, DeviceIDs: [...gpus], Capabilities: [['gpu']] }] }

const mountsOf = ({ assigned, spec, layout, config }: Plan, stem: string): MountSettings[] => {
  const labels = labelsOf(assigned, config.installation)
  const own = layout.volumes.map(({ path }, index) => volume(volumeName(stem, index), path, labels, true))
  if (layout.config && !layout.config.volume)
    own.push(volume(volumeName(stem, 'config'), layout.config.folder, labels, true))
  const fromHost = spec.static_mounts
    .map((text) => staticMount(text, config.staticMounts))
    .map(({ source, target, readOnly }): MountSettings => ({
      Type: 'bind',
      Source: source,
      Target: target,
      ReadOnly: readOnly,
    }))
  return [...own, ...fromHost]
}
