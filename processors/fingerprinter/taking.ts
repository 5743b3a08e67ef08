import { type EventType, type Fact } from '../../core/event/event.ts'

/** What a flow takes of a bundle, or the trigger (from 0; -1: none was at fault) and the reason why nothing. */
export type Taking<T extends EventType> =
  { readonly fact: Fact<T> } | { readonly not: { readonly trigger: number; readonly reason: string } }
