import { builder } from './recorded.ts'

const calling = { aeTitle: 'SCANNER', host: '10.0.0.1' }

/** Builders of what else comes of the ways in than associations and instances. */
export const intakeEvents = {
  associationRefused: builder('AssociationRefused', (data) => data.refusalId, {
    refusalId: 'refusal-1',
    calling,
    calledAeTitle: 'RADDEPLOY',
    scp: 'scp-1',
    via: 'dimse',
    result: 1,
    source: 1,
    diagnostic: 7,
    reason: 'there is no such AE title here',
    tls: null,
  }),
  intakePaused: builder('IntakePaused', (data) => data.scp, {
    scp: 'scp-1',
    place: '/data',
    freeBytes: 10,
    totalBytes: 1000,
    watermarkBytes: 50,
  }),
  intakeResumed: builder('IntakeResumed', (data) => data.scp, {
    scp: 'scp-1',
    place: '/data',
    freeBytes: 500,
    totalBytes: 1000,
  }),
  spaceRanLow: builder('SpaceRanLow', (data) => data.scp, {
    scp: 'scp-1',
    place: '/data',
    freeBytes: 90,
    totalBytes: 1000,
    watermarkBytes: 100,
  }),
}
