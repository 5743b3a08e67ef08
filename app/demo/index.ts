import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RadDeployError } from '../../core/error/error.ts'
import { type Recorded } from '../../core/event/event.ts'
import { definitionOf, flowHash } from '../../core/flow/hash.ts'
import { parseFlow } from '../../core/flow/parse.ts'
import { ensureBaseImage } from '../../infra/images/base.ts'
import { ensureModelImage } from '../../infra/images/model.ts'
import { applyFlows } from '../../producers/flows/apply.ts'
import { listRuns } from '../../projections/overview/queries.ts'
import { bytes } from '../cli/output.ts'
import { loggerOf } from '../cli/session.ts'
import { endpointLines, endpointsOf } from '../cli/status.ts'
import { loadConfig, packageRoot } from '../config.ts'
import { type Connections } from '../connect.ts'
import { cacheOf, untilStopped } from '../embedded.ts'
import { type System, startSystem } from '../system.ts'
import { startDestination } from './destination.ts'
import { type Journey, followLog } from './follow.ts'
import { push } from './push.ts'
import { writeHeadCt } from './sampleData/write.ts'
import { timeline } from './timeline.ts'
import { validateStructures } from './validate.ts'
import { type View, terminalView } from './view.ts'

const destinationPort = 11113
const deadlineMs = 5 * 60_000

/** Shows it all on this machine: a head CT goes in by DICOM, an RTSTRUCT comes back, each step an event. */
export const demo = async (once: boolean): Promise<void> => {
  const view = terminalView()
  const config = loadConfig()
  const stopped = untilStopped()
  void stopped.then(() => view.text('\nstopping'))
  const folder = join(config.home, 'demo')
  const logger = loggerOf(config, 'raddeploy')
  view.text(`raddeploy: a head CT in, an RTSTRUCT out. Data and logs: ${config.home}\n`)
  const progress = (step: string, detail?: string): void => view.step(step, detail)
  const system = await startSystem(config, logger, progress)
  const destination = await startDestination({
    port: destinationPort,
    folder: join(folder, 'received'),
    logger,
  })
  let good = false
  try {
    const finished = show(system, view, folder, destination)
    good = (await Promise.race([finished, stopped])) ?? false
    if (!once) {
      view.text(
        `\n${endpointLines(config, system.connections.endpoints)}\n\nCtrl-C stops it. History is kept: npm start again, or \`npx raddeploy up\`.`,
      )
      await stopped
      good = true
    }
  } finally {
    await destination.close()
    await system.stop()
    await rm(join(folder, 'ct'), { recursive: true, force: true })
  }
  process.exit(good ? 0 : 1)
}

type Destination = Awaited<ReturnType<typeof startDestination>>

const show = async (
  { connections }: System,
  view: View,
  folder: string,
  destination: Destination,
): Promise<boolean> => {
  const { config, docker, pool } = connections
  const cacheDir = cacheOf(config)
  const [sample] = await Promise.all([
    writeHeadCt({
      outDir: join(folder, 'ct'),
      cacheDir,
      studySalt: new Date().toISOString(),
      progress: (text) => view.step('sample CT', text),
    }),
    buildModel(docker, cacheDir, view),
  ])
  view.step(
    'sample CT',
    `${sample.files.length} slices, ${sample.source === 'phantom' ? 'a computed phantom (apt is not to be had)' : 'the head CT of invesalius-examples'}`,
  )
  await applyDemoFlow(connections, destination.port, view)
  const before = await listRuns({ pool }, { limit: 1000 }).catch(() => [])
  if (before.length > 0)
    view.step('history', `${before.length} earlier runs are still there (npx raddeploy runs list)`)

  const log = await followLog(connections)
  const { scp } = endpointsOf(config, connections.endpoints)
  const peer = { host: '127.0.0.1', port: scp.port, calledAeTitle: scp.aeTitle, callingAeTitle: 'CT_SCANNER' }
  const bar = view.bar('C-STORE', sample.files.length)
  const sent = await push(sample.files, peer, bar.advance)
  bar.done(`${sent.size} instances, each answered Success`)
  const journey = await log.journey(sent, deadlineMs, (event) => announce(view, event))
  view.text(`\n${timeline(journey.events)}\n`)
  return judge(journey, sent, destination, view, peer)
}

const buildModel = async (docker: Connections['docker'], cacheDir: string, view: View): Promise<void> => {
  await ensureBaseImage(docker, { cacheDir, progress: (text) => view.step('model image', text) })
  const image = await ensureModelImage(docker, join(packageRoot(), 'flows/models/ct-rtstruct'), {
    progress: (text) => view.step('model image', text),
  })
  view.step('model image', image)
}

/** The flow of the README, with the port on which this demonstration's destination listens. */
const applyDemoFlow = async (connections: Connections, port: number, view: View): Promise<void> => {
  const file = 'ct-to-rtstruct/flow.yaml'
  const source = (await readFile(join(packageRoot(), 'flows', file), 'utf8')).replace(
    `port: ${destinationPort}`,
    `port: ${port}`,
  )
  const { flow } = parseFlow(source, file)
  if (!flow) throw new RadDeployError('RD_FLOW_INVALID', `${file} is not valid`, {})
  const parts = { ...connections, emit: connections.emitAs('flows'), user: connections.config.user }
  const [applied] = await applyFlows([{ file, source, flow, hash: flowHash(flow) }], parts)
  view.step('flow', `${applied!.name}: ${applied!.change} (${definitionOf(flow).length} bytes of definition)`)
}

const announced: Readonly<Partial<Record<Recorded['type'], string>>> = {
  BundleClosed: 'collector',
  TriggerMatched: 'fingerprinter',
  BundleUnmatched: 'fingerprinter',
  ModelQueued: 'scheduler',
  ModelAssigned: 'dispatcher',
  ModelStarted: 'worker',
  ModelFinished: 'worker',
  ModelFailed: 'worker',
  RunFinished: 'scheduler',
  RunFailed: 'scheduler',
  DeliveryAttempted: 'SCU',
  DeliveryFinished: 'SCU',
}

const announce = (view: View, { type, at }: Recorded): void => {
  const who = announced[type]
  if (who) view.step(who, `${type}  ${at.topic}/${at.partition}@${at.offset}`)
}

const judge = async (
  { end, events }: Journey,
  sent: ReadonlySet<string>,
  { received }: Destination,
  view: View,
  {
    host,
    port,
    calledAeTitle,
  }: { readonly host: string; readonly port: number; readonly calledAeTitle: string },
): Promise<boolean> => {
  if (end !== 'delivered') {
    const last = events.at(-1)
    view.text(
      `The RTSTRUCT did not arrive (${end}); the last event is ${last?.type ?? 'none'}. Logs lie in the folder above.`,
    )
    return false
  }
  const path = [...received.values()].at(-1)
  if (!path) {
    view.text('The delivery is finished on the log, but the destination has no file.')
    return false
  }
  const { contours, problems } = await validateStructures(path, sent)
  const { size } = await import('node:fs').then(({ statSync }) => statSync(path))
  view.text(`RTSTRUCT   ${path} (${bytes(size)})`)
  view.text(
    `contours   ${Object.entries(contours)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
  )
  for (const problem of problems) view.text(`not valid  ${problem}`)
  view.text(`your own   npx raddeploy send DIR --to ${calledAeTitle}@${host}:${port}`)
  view.text(`           storescu -aec ${calledAeTitle} +sd ${host} ${port} DIR`)
  return problems.length === 0
}
