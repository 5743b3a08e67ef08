import { z } from 'zod'
import { RadDeployError } from '../../../core/error/error.ts'
import { drawFlow } from '../../../core/flow/draw.ts'
import { flowError } from '../../../core/flow/problem.ts'
import { readFlows } from '../../../producers/flows/read.ts'
import { print } from '../output.ts'
import { svgOf } from './svg.ts'

/** What `flows graph --json` prints. */
export const drawnFlow = z.strictObject({ name: z.string(), mermaid: z.string(), svg: z.string() })

/** The models of each flow file as Mermaid text; those of one as an SVG. */
export const graph = async (
  file: string,
  { svg, json }: { readonly svg?: true; readonly json?: true },
): Promise<void> => {
  const { flows, problems } = await readFlows(file)
  if (problems.length > 0) throw flowError(problems)
  if (svg && !json && flows.length !== 1)
    throw new RadDeployError(
      'RD_USAGE',
      `an SVG shows one flow, and ${file} has ${flows.length}; name a file`,
      {
        file,
      },
    )
  const drawn: z.output<typeof drawnFlow>[] = []
  for (const { flow } of flows)
    drawn.push({ name: flow.name, mermaid: drawFlow(flow), svg: svg || json ? await svgOf(flow) : '' })
  print(json, drawn, () => drawn.map((one) => (svg ? one.svg.trimEnd() : one.mermaid)).join('\n'))
}
