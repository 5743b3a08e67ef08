import { type Recorded } from '../../core/event/event.ts'
import { append, lengthOf } from './sequence.ts'
import { type Collected } from './state.ts'

/** Collects the instances of an association until it is closed; what comes after that is not part of it. */
export const evolve = (
  state: Collected,
  event: Recorded<
    'AssociationOpened' | 'InstanceStored' | 'InstanceRefused' | 'AssociationClosed' | 'BundleClosed'
  >,
): Collected => {
  switch (event.type) {
    case 'AssociationOpened':
      return state.opened ? state : { ...state, opened: event }
    case 'InstanceStored': {
      if (state.closed) return state
      const { sopInstanceUid, sopClassUid, seriesInstanceUid, studyInstanceUid } = event.data
      const { frameOfReferenceUid, patientPseudonym } = event.data
      const { transferSyntaxUid, object, datasetOffset, headerLength, datasetSha256 } = event.data
      const names = { sopInstanceUid, sopClassUid, seriesInstanceUid, studyInstanceUid }
      const shared = { frameOfReferenceUid, patientPseudonym }
      // Where it is not known the manifest says nothing of it, as it always did: its bytes must not change.
      const content = datasetSha256 === null ? {} : { datasetSha256 }
      const bytes = { transferSyntaxUid, object, datasetOffset, headerLength, ...content }
      const instance = { ...names, ...shared, ...bytes }
      return { ...state, instances: append(state.instances, instance) }
    }
    case 'InstanceRefused': {
      if (state.closed) return state
      const { sopInstanceUid, status } = event.data
      const refusals = state.refusals + 1
      if (!isOutOfResources(status)) return { ...state, refusals }
      const refusal = { sopInstanceUid, stored: lengthOf(state.instances) }
      return { ...state, refusals, refusedByUs: append(state.refusedByUs, refusal) }
    }
    case 'AssociationClosed':
      return state.closed ? state : { ...state, closed: event }
    case 'BundleClosed':
      return { ...state, bundled: true }
  }
}

/** A7xx: nothing was wrong with the instance (PS3.4, table B.2-1). */
const isOutOfResources = (status: number): boolean => (status & 0xff00) === 0xa700
