import { nameMatches } from '../../core/flow/nameMatch.ts'
import { isAmong } from '../intake/hosts.ts'

/** Callers as a policy names them: by AE title (`*` for any part), by addresses, or by both at once. */
export interface Callers {
  readonly aeTitle?: string | undefined
  readonly hosts?: readonly string[] | undefined
}
/** Who calls: its AE title, and the IP address it calls from. */
export interface Caller {
  readonly aeTitle: string
  readonly host: string
}

/** True when a caller is meant; all that is said of the callers must hold. */
export const isMeant = ({ aeTitle, hosts }: Callers, caller: Caller): boolean =>
  (aeTitle === undefined || nameMatches(aeTitle, caller.aeTitle)) &&
  (hosts === undefined || isAmong(hosts, caller.host))
