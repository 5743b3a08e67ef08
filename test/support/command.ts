import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { type System } from './system.ts'

const root = join(import.meta.dirname, '../..')

/** What a command of ours said and how it ended. */
export interface Answer {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs `raddeploy` as a process of its own, with settings that are not those of whoever runs the tests. */
export const raddeploy = async (
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Answer> => {
  const ours = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('RADDEPLOY_')),
  )
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    ['--import', 'tsx', join(root, 'app/main.ts'), ...args],
    {
      cwd: root,
      env: { ...ours, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...environment },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    },
  )
  return { exitCode, stdout, stderr }
}

/** How to call `raddeploy` on a system that runs, with a home and a configuration in a folder. */
export const commandOn = async (
  { config: { instance, servers, scp } }: System,
  folder: string,
): Promise<(...args: readonly string[]) => Promise<Answer>> => {
  const file = join(folder, 'raddeploy.yaml')
  await writeFile(file, JSON.stringify({ instance, servers, scp, user: 'physicist' }))
  return (...args) => raddeploy(args, { RADDEPLOY_HOME: folder, RADDEPLOY_CONFIG: file })
}
