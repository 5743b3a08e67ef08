import { z } from 'zod'
import { aeTitle } from '../intake/aeTitle.ts'

/** How a drop folder is watched. */
export const dropConfigSchema = z.strictObject({
  /** Name of the instance, the same after a restart, so that it can close what it left open. */
  name: z.string().min(1),
  folder: z.string().min(1),
  /** Files are taken when nothing has changed in the folder for this long. */
  quietSeconds: z.number().min(0.05).max(86_400).default(2),
  calledAeTitle: aeTitle,
  /** Names of the flows that what is laid there may trigger, `*` for any part; by default all. */
  flows: z.array(z.string().min(1)).optional(),
  /** What becomes of a file that was taken: it is kept in `.taken`, or removed. */
  keep: z.enum(['taken', 'remove']).default('taken'),
  /** The longest pause after which files are tried again that could not be stored for now. */
  longestPauseSeconds: z.number().min(0.05).max(86_400).default(60),
})
export type DropConfig = Readonly<z.output<typeof dropConfigSchema>>

/** The same as people configure it: its name is the host's, and the SCP is called where it is not said who. */
export const dropSectionSchema = dropConfigSchema
  .omit({ name: true })
  .extend({ calledAeTitle: aeTitle.optional() })
