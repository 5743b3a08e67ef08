import { execa } from 'execa'
import { type Setup, aptInstall, which } from './setup.ts'

/** Java 17 or newer, for Kafka and the registry: asked for at each start, since the jars may be older than the machine. */
export const ensureJava = async (setup: Setup): Promise<void> => {
  if (await which('java')) {
    const { stderr, stdout } = await execa('java', ['-version'], { reject: false })
    const major = Number(/version "(\d+)/.exec(stderr + stdout)?.[1] ?? 0)
    if (major >= 17) return
  }
  await aptInstall(setup, ['openjdk-17-jre-headless'], 'Java 17')
}

/** Maven, which brings the jars from wherever it is configured to look; and Java with it. */
export const ensureMaven = async (setup: Setup): Promise<void> => {
  if (await which('mvn')) await ensureJava(setup)
  else await aptInstall(setup, ['maven', 'openjdk-17-jre-headless'], 'Maven and Java 17')
}
