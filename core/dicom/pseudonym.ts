import { createHmac } from 'node:crypto'

/**
 * A keyed pseudonym of a patient: the same for the same PatientID and IssuerOfPatientID under one key, and
 * meaningless once that key is destroyed. Undefined where the instance names no patient.
 */
export const pseudonymOf = (key: Uint8Array, patientId: string, issuer: string): string | undefined =>
  patientId === ''
    ? undefined
    : createHmac('sha256', key)
        .update(JSON.stringify([patientId, issuer]))
        .digest('hex')
        .slice(0, 32)
