import { Graphviz } from '@hpcc-js/wasm-graphviz'
import { dotOf } from '../../../core/flow/dot.ts'
import { type Flow } from '../../../core/flow/schema.ts'

/** The graph of a flow as an SVG document, laid out here by Graphviz as WebAssembly: nothing needs to be installed. */
export const svgOf = async (flow: Flow): Promise<string> => (await Graphviz.load()).dot(dotOf(flow), 'svg')
