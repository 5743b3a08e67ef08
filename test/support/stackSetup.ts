import { type TestProject } from 'vitest/node'
import { type EmbeddedEndpoints } from '../../infra/embedded/endpoints.ts'
import { type PrivateStack, startPrivateStack } from './privateStack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    endpoints: EmbeddedEndpoints
  }
}

/** Each project loads this file anew, so what they share hangs on the process. */
interface Shared {
  stack: Promise<PrivateStack>
  users: number
}
const key = Symbol.for('raddeploy.test.stack')
const shared = globalThis as unknown as Record<symbol, Shared | undefined>

/**
 * vitest's globalSetup of the projects integration and e2e: one stack of our own for the whole run, in a
 * folder of its own, gone afterwards. Tests read where it answers by `inject('endpoints')`.
 */
export default async function stackSetup(project: TestProject): Promise<() => Promise<void>> {
  const using = (shared[key] ??= { stack: startPrivateStack(say), users: 0 })
  using.users += 1
  const { endpoints } = await using.stack
  project.provide('endpoints', endpoints)
  return async () => {
    using.users -= 1
    if (using.users > 0) return
    shared[key] = undefined
    await (await using.stack).stop()
  }
}

const say = (step: string, detail = ''): void => {
  process.stderr.write(`stack: ${step} ${detail}\n`)
}
