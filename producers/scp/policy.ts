import { nameMatches } from '../../core/flow/nameMatch.ts'
import { type Rejection, rejections } from '../../infra/dimse/handler.ts'
import { type Caller, isMeant } from './callers.ts'
import { type Policy } from './config.ts'

/** An association that somebody asks for. */
export interface Call {
  readonly caller: Caller
  /** The AE title that is called. */
  readonly called: string
  /** How it came; null over an open connection. */
  readonly security: { readonly certificate: 'none' | 'unverified' | 'verified' } | null
}
/** How many associations are open, and may be in all. */
export interface Load {
  readonly open: number
  readonly limit: number
  /** Of those, by the AE title of their policy. */
  readonly openOf: (aeTitle: string) => number
}
/** The policy that an association is under, or how and why it is rejected. */
export type Verdict =
  | { readonly policy: Policy; readonly rejection?: undefined }
  | { readonly policy?: undefined; readonly rejection: Rejection; readonly why: string }

/**
 * Whether an association is accepted, and under which policy: that of the first AE title that fits. Who may not
 * call hears nothing of what else is asked of callers, nor how many there are.
 */
export const judge = (policies: readonly Policy[], call: Call, load: Load): Verdict => {
  const { caller, called, security } = call
  const policy = policies.find(({ aeTitle }) => nameMatches(aeTitle, called))
  if (!policy) return refused('calledAeTitle', `there is no AE title ${called}`)
  const who = `${caller.aeTitle} at ${caller.host}`
  if (policy.refuse.some((callers) => isMeant(callers, caller)))
    return refused('callingAeTitle', `${who} is refused`)
  if (policy.allow?.some((callers) => isMeant(callers, caller)) === false)
    return refused('callingAeTitle', `${who} is not allowed`)
  if (policy.tls === 'required' && !security) return refused('noReason', 'TLS is required')
  if (policy.clientCertificate && security?.certificate !== 'verified')
    return refused('noReason', certificateLacks(security))
  if (load.open >= load.limit) return refused('localLimit', `${load.limit} associations are open`)
  const { maxAssociations: most } = policy
  return most !== undefined && load.openOf(policy.aeTitle) >= most
    ? refused('localLimit', `${most} associations of ${policy.aeTitle} are open`)
    : { policy }
}

const refused = (how: keyof typeof rejections, why: string): Verdict => ({ rejection: rejections[how], why })

const certificateLacks = (security: Call['security']): string => {
  if (!security) return 'a client certificate is required, and so TLS'
  return security.certificate === 'none'
    ? 'a client certificate is required'
    : 'the client certificate is signed by nobody we know'
}
