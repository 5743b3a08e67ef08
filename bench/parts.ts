import { type Figure } from './figure.ts'

/** Says how far a measurement has come; to standard error. */
export type Say = (text: string) => void
/** A part of the benchmark: measures us and peers in one run. */
export type Part = (say: Say) => Promise<readonly Figure[]>

/** Every part by its name; each is loaded only when it is wanted. */
export const parts: Readonly<Record<string, () => Promise<Part>>> = {
  ingest: async () => (await import('./ingest.ts')).ingest,
  latency: async () => (await import('./latency.ts')).latency,
  large: async () => (await import('./large.ts')).large,
  memory: async () => (await import('./memory.ts')).memory,
  sending: async () => (await import('./sending.ts')).sending,
}
