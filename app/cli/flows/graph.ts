import { drawFlow } from '../../../core/flow/draw.ts'
import { flowError } from '../../../core/flow/problem.ts'
import { readFlows } from '../../../producers/flows/read.ts'
import { print } from '../output.ts'

/** The models of each flow file as Mermaid text. */
export const graph = async (file: string, { json }: { readonly json?: true }): Promise<void> => {
  const { flows, problems } = await readFlows(file)
  if (problems.length > 0) throw flowError(problems)
  const drawn = flows.map(({ flow }) => ({ name: flow.name, mermaid: drawFlow(flow) }))
  print(json, drawn, () => drawn.map(({ mermaid }) => mermaid).join('\n'))
}
