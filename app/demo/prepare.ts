import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { placeNameOf } from '../../core/flow/destinationSchema.ts'
import { flowError } from '../../core/flow/problem.ts'
import { flowHash } from '../../core/flow/hash.ts'
import { parseFlow } from '../../core/flow/parse.ts'
import { ensureBaseImage } from '../../infra/images/base.ts'
import { ensureModelImage } from '../../infra/images/model.ts'
import { applyFlows } from '../../producers/flows/apply.ts'
import { packageRoot } from '../config.ts'
import { type Connections } from '../connect.ts'
import { type View } from '../progress.ts'
import { writeHeadCt } from './sampleData/write.ts'

/** Where the flow file of the demonstration sends to. */
export const destinationPort = 11113
const flowFile = 'ct-to-rtstruct/flow.yaml'

/** Builds the image of the model where it is not there yet. */
export const buildModel = async (
  docker: Connections['docker'],
  cacheDir: string,
  view: View,
): Promise<void> => {
  view.step('model image', 'looking for it')
  await ensureBaseImage(docker, { cacheDir, progress: (text) => view.step('model image', text) })
  const image = await ensureModelImage(docker, join(packageRoot(), 'flows/models/ct-rtstruct'), {
    progress: (text) => view.step('model image', text),
  })
  view.done('model image', image)
}

/** Writes the head CT as a study that never was before; gives its files. */
export const writeSample = async (
  outDir: string,
  cacheDir: string,
  view: View,
): Promise<readonly string[]> => {
  view.step('sample CT', 'writing it as DICOM')
  const { files, source } = await writeHeadCt({
    outDir,
    cacheDir,
    studySalt: new Date().toISOString(),
    progress: (text) => view.step('sample CT', text),
  })
  const origin =
    source === 'phantom' ? 'a computed phantom (apt is not to be had)' : 'the head CT of invesalius-examples'
  view.done('sample CT', `${files.length} slices, ${origin}`)
  return files
}

/** Applies the flow of the README, with the port on which this destination listens; gives its name. */
export const applyDemoFlow = async (connections: Connections, port: number, view: View): Promise<string> => {
  const source = (await readFile(join(packageRoot(), 'flows', flowFile), 'utf8')).replace(
    `port: ${destinationPort}`,
    `port: ${port}`,
  )
  const { flow, problems } = parseFlow(source, flowFile)
  if (!flow) throw flowError(problems)
  const parts = { ...connections, emit: connections.emitAs('flows'), user: connections.config.user }
  const [applied] = await applyFlows([{ file: flowFile, source, flow, hash: flowHash(flow) }], parts)
  view.done(
    'flow',
    `${applied!.name} ${applied!.change}; results go to ${placeNameOf(flow.destinations[0]!)}`,
  )
  return flow.name
}
