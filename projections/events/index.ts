/**
 * Every event once, with its position, its meta data and its payload.
 * Reads all topics. An event whose id is here already is a repetition, and no projection counts it.
 */
import { type Ledger } from '../runtime/projection.ts'
import { map } from './map.ts'

export const events: Ledger = { name: 'events', map }
