/** The kinds of destination, one line each. */
import { type Send } from './destination.ts'
import { sendByDimse } from './dimse/send.ts'

export const destinationKinds: Readonly<Record<string, Send | undefined>> = { dimse: sendByDimse }
