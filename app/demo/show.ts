import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Recorded } from '../../core/event/event.ts'
import { listRuns } from '../../projections/overview/queries.ts'
import { bytes, short } from '../cli/output.ts'
import { endpointsOf } from '../cli/status.ts'
import { type Connections } from '../connect.ts'
import { cacheOf } from '../embedded.ts'
import { type View } from '../progress.ts'
import { arrivedOf } from './arrived.ts'
import { type Destination } from './destination.ts'
import { type Journey, followLog } from './follow.ts'
import { isOnTheWay, ofRun, runOf, stuckAt } from './outcome.ts'
import { applyDemoFlow, buildModel, writeSample } from './prepare.ts'
import { push } from './push.ts'
import { timeline } from './timeline.ts'
import { validateStructures } from './validate.ts'

const deadlineMs = 5 * 60_000

/** Pushes a head CT and waits for its RTSTRUCT; true where that arrived and is valid. */
export const show = async (
  connections: Connections,
  destination: Destination,
  folder: string,
  view: View,
): Promise<boolean> => {
  const { config, docker, endpoints } = connections
  const cacheDir = cacheOf(config)
  const [files] = await Promise.all([
    writeSample(join(folder, 'ct'), cacheDir, view),
    buildModel(docker, cacheDir, view),
  ])
  const flow = await applyDemoFlow(connections, destination.port, view)
  await tellHistory(connections, view)

  const log = await followLog(connections)
  const { scp } = endpointsOf(config, endpoints)
  const peer = { host: '127.0.0.1', port: scp.port, calledAeTitle: scp.aeTitle, callingAeTitle: 'CT_SCANNER' }
  const sent = await push(files, peer, (stored) => view.count('C-STORE', stored, files.length))
  view.done(
    'C-STORE',
    `${sent.size} instances to ${peer.calledAeTitle}@${peer.host}:${peer.port}, all Success`,
  )
  const journey = await log.journey(sent, flow, deadlineMs, (event) => announce(view, event))
  view.settle()
  const events = ofRun(journey.events, runOf(journey.events, flow))
  view.text(`\n${timeline(events)}\n`)
  const good = await judge({ ...journey, events }, sent, destination, connections, view)
  view.text(`your own   npx raddeploy send DIR --to ${peer.calledAeTitle}@${peer.host}:${peer.port}`)
  view.text(`           storescu -aec ${peer.calledAeTitle} +sd ${peer.host} ${peer.port} DIR`)
  return good
}

const enough = 1000
const tellHistory = async ({ pool }: Connections, view: View): Promise<void> => {
  // On a first start there are no tables yet, and no history either.
  const { length } = await listRuns({ pool }, { limit: enough }).catch(() => [])
  if (length === 0) return
  const runs =
    length === 1 ? '1 earlier run is' : `${length === enough ? 'over ' : ''}${length} earlier runs are`
  view.done('history', `${runs} still there (npx raddeploy runs list)`)
}

/** What happens to the study now, in one line that changes. */
const announce = (view: View, event: Recorded): void => {
  const { type, at, meta } = event
  if (type === 'InstanceStored' || !isOnTheWay(event)) return
  const who = meta.source.split('/')[2] ?? ''
  view.step('the run', `${type.padEnd(18)} ${who.padEnd(14)} ${at.topic}/${at.partition}@${at.offset}`)
}

const judge = async (
  { outcome, events }: Journey,
  sent: ReadonlySet<string>,
  { received }: Destination,
  connections: Connections,
  view: View,
): Promise<boolean> => {
  const { config } = connections
  const details = `npx raddeploy status says what runs; logs: ${join(config.home, 'logs')}`
  if (!outcome) {
    view.text(
      `The RTSTRUCT did not arrive within ${deadlineMs / 60_000} minutes: ${stuckAt(events)}.\n${details}`,
    )
    return false
  }
  if (outcome.runId) view.text(`run        npx raddeploy runs show ${short(outcome.runId)}`)
  if (outcome.end !== 'delivered') {
    view.text(`The RTSTRUCT did not arrive: ${outcome.reason}.\n${details}`)
    return false
  }
  const [path] = await arrivedOf(events, received, connections)
  if (!path) {
    view.text(`The delivery is finished on the log, but this destination has no file of it.\n${details}`)
    return false
  }
  const { contours, problems } = await validateStructures(path, sent)
  const { size } = await stat(path)
  const counts = Object.entries(contours).map(([name, count]) => `${name} ${count}`)
  view.text(`RTSTRUCT   ${path} (${bytes(size)})`)
  view.text(`contours   ${counts.join(', ')}`)
  for (const problem of problems) view.text(`not valid  ${problem}`)
  return problems.length === 0
}
