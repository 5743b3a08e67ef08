import { type Listening, listening } from '../../test/support/listening.ts'

export { listening }

/** An SCP that can be started on an empty folder. */
export interface Scp {
  readonly name: string
  start(folder: string): Promise<Listening>
}
