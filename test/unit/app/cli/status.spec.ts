import { expect, test } from 'vitest'
import { endpointLines, endpointsOf } from '../../../../app/cli/status.ts'
import { configSchema } from '../../../../app/config.ts'

const servers = {
  kafka: { brokers: ['kafka:9092'] },
  registry: { url: 'http://registry:8081' },
  s3: { endpoint: 'http://s3:9000', region: 'eu', bucket: 'bucket', accessKeyId: 'a', secretAccessKey: 's' },
  postgres: { url: 'postgres://u:p@postgres/r' },
  docker: { socketPath: '/var/run/docker.sock' },
}
const configured = (more: object) => configSchema.parse({ home: '/nowhere', servers, ...more })

test('the ways in that are configured are shown, and no others', () => {
  const bare = endpointsOf(configured({}), servers)
  expect([bare.stow, bare.drop]).toEqual([undefined, undefined])
  const config = configured({
    stow: { port: 8042, tls: { key: 'k', cert: 'c' } },
    drop: { folder: '/data/drop' },
  })
  expect(endpointsOf(config, servers)).toMatchObject({
    stow: { url: 'https://127.0.0.1:8042/studies' },
    drop: { folder: '/data/drop' },
  })
  expect(endpointLines(config, servers).split('\n').slice(0, 3)).toEqual([
    'DICOM     RADDEPLOY@127.0.0.1:11112',
    'STOW-RS   https://127.0.0.1:8042/studies',
    'folder    /data/drop',
  ])
})
