import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Endpoints } from '../../infra/embedded/endpoints.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { type Scp, listening } from './scp.ts'

/**
 * Our SCP in a process of its own, as `raddeploy run scp` starts it, on servers that run: S3 has verified the bytes
 * and Kafka has the event, acks=all, before it answers. `node` are more options for Node, such as --cpu-prof.
 */
export const raddeployScp = (servers: Endpoints, node: readonly string[] = []): Scp => ({
  name: 'raddeploy',
  start: async (folder) => {
    await mkdir(folder, { recursive: true })
    const port = await freePort()
    const config = join(folder, 'raddeploy.yaml')
    const scp = { host: '127.0.0.1', port }
    await writeFile(config, JSON.stringify({ servers, instance: 'bench', scp, flows: false }))
    const main = join(import.meta.dirname, '..', '..', 'app', 'main.ts')
    const env = {
      RADDEPLOY_HOME: folder,
      RADDEPLOY_CONFIG: config,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      KAFKAJS_NO_PARTITIONER_WARNING: '1',
    }
    return listening(port, [process.execPath, '--import', 'tsx', ...node, main, 'run', 'scp'], env)
  },
})
