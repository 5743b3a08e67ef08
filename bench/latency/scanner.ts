import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Push, type Pushed } from './pusher.ts'

/** A scanner under way. */
export interface Scanner {
  /** Sends a folder in one association; when its release was answered, in milliseconds since the epoch. */
  push(folder: string, port: number): Promise<number>
  stop(): void
}

/** Starts one; it loads its code once, before anything is measured. */
export const startScanner = (): Scanner => {
  const child = fork(join(import.meta.dirname, 'pusher.ts'), { execArgv: ['--import', 'tsx'] })
  return {
    push: async (folder, port) => {
      child.send({ folder, port } satisfies Push)
      const [pushed] = (await once(child, 'message')) as [Pushed]
      if ('error' in pushed) throw new Error(`the study was not stored: ${pushed.error}`)
      return pushed.releasedAt
    },
    stop: () => void (child.connected && child.disconnect()),
  }
}
