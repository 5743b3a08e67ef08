import { type RefusalRow, listRefusals } from '../../../projections/associations/queries.ts'
import { listAssociations } from '../../../projections/overview/queries.ts'
import { type AssociationRow } from '../../../projections/overview/rows.ts'
import { print, table, when } from '../output.ts'
import { withConnections } from '../session.ts'

/** The last associations and what became of them; with `refused`, those that were not accepted. */
export const list = async (options: {
  readonly json?: true
  readonly refused?: true
  readonly limit: number
}): Promise<void> =>
  withConnections(async ({ pool }) => {
    const { json, limit } = options
    if (options.refused) {
      const refusals = await listRefusals({ pool }, { limit })
      print(json, refusals, () => refusalsText(refusals))
    } else {
      const associations = await listAssociations({ pool }, { limit })
      print(json, associations, () => associationsText(associations))
    }
  })

/** Associations as people read them. */
export const associationsText = (associations: readonly AssociationRow[]): string =>
  table(
    associations,
    [
      ['opened', ({ openedAt }) => when(openedAt)],
      ['from', from],
      ['to', ({ calledAe }) => calledAe],
      ['by', wayIn],
      ['ended', ({ status }) => status],
      ['stored', ({ instancesStored }) => instancesStored],
      ['refused', ({ instancesRefused }) => instancesRefused],
      ['bundle', bundleText],
      ['runs', ({ runs }) => runs],
      ['reason', ({ reason, unmatchedReason }) => unmatchedReason ?? reason ?? ''],
    ],
    'no association was opened yet',
  )

/** Refusals as people read them. */
export const refusalsText = (refusals: readonly RefusalRow[]): string =>
  table(
    refusals,
    [
      ['refused', ({ refusedAt }) => when(refusedAt)],
      ['from', from],
      ['to', ({ calledAe }) => calledAe],
      ['by', wayIn],
      ['answer', answer],
      ['reason', ({ reason }) => reason],
    ],
    'nobody was refused yet',
  )

const from = ({ callingAe, callingHost }: Pick<AssociationRow, 'callingAe' | 'callingHost'>): string =>
  `${callingAe}@${callingHost}`

const wayIn = ({ via, tls }: Pick<AssociationRow, 'via' | 'tls'>): string =>
  `${via ?? 'dimse'}${tls ? ` ${tls}` : ''}`

/** What became of what it brought: a bundle that is incomplete and ran nothing is said to be so. */
const bundleText = ({ bundleStatus, bundleComplete }: AssociationRow): string | null =>
  bundleComplete === false
    ? bundleStatus === 'unmatched'
      ? 'incomplete'
      : `incomplete, ${bundleStatus}`
    : bundleStatus

const answer = ({ via, result, source, diagnostic }: RefusalRow): string =>
  via === 'dimse' ? `${result}/${source}/${diagnostic}` : String(diagnostic)
