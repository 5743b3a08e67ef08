/**
 * Flows, each as its events have left it.
 * Reads flows.
 */
import { type Projection } from '../runtime/projection.ts'
import { type In, map } from './map.ts'

export const flows: Projection<In> = {
  name: 'flows',
  reads: ['FlowDefined', 'FlowPaused', 'FlowResumed', 'FlowRetired'],
  map,
}
