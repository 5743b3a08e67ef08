import { drawFlow } from '../../../core/flow/draw.ts'
import { flowError } from '../../../core/flow/problem.ts'
import { readFlows } from '../../../producers/flows/read.ts'

/** The models of a flow file as Mermaid text. */
export const graph = async (file: string): Promise<void> => {
  const { flows, problems } = await readFlows(file)
  if (problems.length > 0) throw flowError(problems)
  for (const { flow } of flows) process.stdout.write(`${drawFlow(flow)}\n`)
}
