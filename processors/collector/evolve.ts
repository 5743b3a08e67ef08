import { type Recorded } from '../../core/event/event.ts'
import { type Collected } from './state.ts'

/** Collects the instances of an association until it is closed; what comes after that is not part of it. */
export const evolve = (
  state: Collected,
  event: Recorded<'AssociationOpened' | 'InstanceStored' | 'AssociationClosed' | 'BundleClosed'>,
): Collected => {
  switch (event.type) {
    case 'AssociationOpened':
      return state.opened ? state : { ...state, opened: event }
    case 'InstanceStored': {
      if (state.closed) return state
      const { sopInstanceUid, sopClassUid, seriesInstanceUid, studyInstanceUid } = event.data
      const { transferSyntaxUid, object, datasetOffset, headerLength } = event.data
      const names = { sopInstanceUid, sopClassUid, seriesInstanceUid, studyInstanceUid }
      return {
        ...state,
        instances: [...state.instances, { ...names, transferSyntaxUid, object, datasetOffset, headerLength }],
      }
    }
    case 'AssociationClosed':
      return state.closed ? state : { ...state, closed: event }
    case 'BundleClosed':
      return { ...state, bundled: true }
  }
}
