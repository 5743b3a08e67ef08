import { execa } from 'execa'
import { join } from 'node:path'

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
