import { createHash } from 'node:crypto'
import { canonicalJson } from '../event/id.ts'
import { type Flow } from './schema.ts'

/** The canonical definition as text: what events carry, and what is hashed. */
export const definitionOf = (flow: Flow): string => canonicalJson(flow)

/** SHA-256 of the canonical definition, in hexadecimal digits. Comments and order of keys do not change it. */
export const flowHash = (flow: Flow): string => createHash('sha256').update(definitionOf(flow)).digest('hex')
