import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { type Events } from '../../../schemas/generated/events.ts'
import { busyboxImage } from './busybox.ts'
import { Registry } from './registry.ts'
import { Ward } from './ward.ts'

const { docker, s3 } = inject('endpoints')
const ward = new Ward(docker.socketPath, s3)
const account = { username: 'ward', password: 'ward:secret' }
let open: Registry
let closed: Registry
beforeAll(async () => {
  await ward.store.ensureBucket()
  ;[open, closed] = await Promise.all([Registry.start(), Registry.start(account)])
  for (const version of ['1', '2'])
    await busyboxImage(ward.docker, `raddeploy-test/model:${version}`, [], { version })
})
afterAll(async () => {
  await forget()
  await Promise.all([open.remove(), closed.remove()])
  expect(await ward.leftovers()).toEqual([])
  await ward.close()
})

/** Removes the images of our registries from the engine; those they were made of stay. */
const forget = async (): Promise<void> => {
  for (const { RepoTags, RepoDigests } of await ward.docker.listImages())
    for (const name of [...(RepoTags ?? []), ...(RepoDigests ?? [])])
      if (name.startsWith(open.host) || name.startsWith(closed.host))
        await ward.docker
          .getImage(name)
          .remove()
          .catch(() => undefined)
}

const script = 'cp /version /output'
const started = { type: 'ModelStarted' }
const assigned = (image: string, pull_before_exec = true) =>
  ward.assigned({ script, kwargs: { image }, spec: { pull_before_exec } })

/** Runs a model of that image; what its ModelStarted said, and which version of the image it found itself in. */
const ran = async (image: string, pullFirst = true) => {
  const said = await ward.run(await assigned(image, pullFirst))
  expect(said.map(({ type }) => type)).toEqual(['ModelStarted', 'ModelFinished'])
  const { outputs } = said[1]!.data as Events['ModelFinished']
  const files = await ward.files(outputs[0]!)
  return { ...(said[0]!.data as Events['ModelStarted']), version: files.version!.toString() }
}

/** Why a model of that image was not started. */
const refused = async (image: string, worker: object = {}): Promise<string> => {
  const said = await ward.run(await assigned(image), worker)
  expect(said.map(({ type }) => type)).toEqual(['ModelFailed'])
  const { kind, message } = said[0]!.data as Events['ModelFailed']
  expect(kind).toBe('image')
  return message
}

describe('a model whose image is in a registry', () => {
  test('runs what its tag stands for now, and its event states the digest', async () => {
    const name = `${open.host}/moving:latest`
    const [first, second] = [
      await open.push(ward.docker, 'raddeploy-test/model:1', 'moving:latest'),
      await open.push(ward.docker, 'raddeploy-test/model:2', 'moving:latest'),
    ]
    expect(first).not.toBe(second)
    expect(first).toMatch(new RegExp(`^${open.host}/moving@sha256:[0-9a-f]{64}$`))
    // here the tag stands for the older one again
    await ward.docker.getImage('raddeploy-test/model:1').tag({ repo: `${open.host}/moving`, tag: 'latest' })
    expect(await ran(name, false)).toMatchObject({ version: '1', image: name, imageDigest: first })
    expect(await ran(name)).toMatchObject({ version: '2', image: name, imageDigest: second })
    expect(await ran(name, false)).toMatchObject({ version: '2', imageDigest: second })
    // a name without a tag is that of "latest", and brings no other
    await open.push(ward.docker, 'raddeploy-test/model:1', 'moving:older')
    await forget()
    expect(await ran(`${open.host}/moving`)).toMatchObject({ version: '2', imageDigest: second })
    await expect(ward.docker.getImage(`${open.host}/moving:older`).inspect()).rejects.toMatchObject({
      statusCode: 404,
    })
  })

  test('runs the very image that a digest names, whatever its tag stands for', async () => {
    const first = await open.push(ward.docker, 'raddeploy-test/model:1', 'fixed:1')
    await open.push(ward.docker, 'raddeploy-test/model:2', 'fixed:1')
    await forget()
    expect(await ran(first, false)).toMatchObject({ version: '1', image: first, imageDigest: first })
    expect(await ran(first)).toMatchObject({ version: '1', imageDigest: first })
  })

  test('states the digest of the repository that it names, though the image is known by others', async () => {
    const [here, there] = [
      await open.push(ward.docker, 'raddeploy-test/model:1', 'one:1'),
      await open.push(ward.docker, 'raddeploy-test/model:1', 'other:1'),
    ]
    expect(await ran(`${open.host}/one:1`)).toMatchObject({ imageDigest: here })
    expect(await ran(`${open.host}/other:1`)).toMatchObject({ imageDigest: there })
  })

  test('fails with words that help where the registry has no such tag, name or digest', async () => {
    const digest = await open.push(ward.docker, 'raddeploy-test/model:1', 'tagged:1')
    await forget()
    for (const image of [`${open.host}/tagged:2`, `${open.host}/nosuch:1`, `${digest.slice(0, -4)}0000`]) {
      const message = await refused(image)
      expect(message).toContain(`image ${image} is not on this worker and cannot be pulled: `)
      expect(message).toMatch(/(not found|unknown).*; correct its name, or bring it here$/)
    }
  })

  test('runs the image that is here while the registry is away, and fails where none is', async () => {
    const name = `${open.host}/away:1`
    const digest = await open.push(ward.docker, 'raddeploy-test/model:1', 'away:1')
    await open.stop()
    onTestFinished(() => open.start())
    const warned = ward.warnings.length
    expect(await ran(name)).toMatchObject({ version: '1', imageDigest: digest })
    expect(ward.warnings.slice(warned).join()).toMatch(/cannot pull; running the image that is here/)
    await forget()
    expect(await refused(name)).toMatch(
      /connection refused; correct its name, start its registry, or bring it here$/,
    )
  })
})

describe('a registry that asks who pulls', () => {
  /** The settings of a worker whose user was logged in with this password. */
  const loggedIn = async (password: string): Promise<object> => {
    const folder = await mkdtemp(join(tmpdir(), 'raddeploy-'))
    const auth = Buffer.from(`${account.username}:${password}`).toString('base64')
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [closed.host]: { auth } } }))
    onTestFinished(() => rm(folder, { recursive: true }))
    return { dockerConfig: folder }
  }
  const pushed = async (name: string): Promise<string> => {
    await closed.push(ward.docker, 'raddeploy-test/model:1', name)
    await forget()
    return `${closed.host}/${name}`
  }

  test('gives nothing to a worker that nobody logged in, which says how to', async () => {
    const image = await pushed('none:1')
    expect(await refused(image, { dockerConfig: join(tmpdir(), 'raddeploy-no-such-folder') })).toMatch(
      new RegExp(`no basic auth credentials; .*docker login ${closed.host} as the user it runs as$`),
    )
  })

  test('gives nothing to a worker that was logged in with another password', async () => {
    const image = await pushed('wrong:1')
    const message = await refused(image, await loggedIn('not the password'))
    expect(message).toMatch(new RegExp(`unauthorized.*docker login ${closed.host} `))
    expect(message).not.toMatch(/not the password/)
  })

  test('gives its images to a worker that docker login let in, and the password goes nowhere else', async () => {
    const image = await pushed('right:1')
    const said = await ward.run(await assigned(image), await loggedIn(account.password))
    expect(said[0]).toMatchObject({
      ...started,
      data: { imageDigest: expect.stringMatching(`^${closed.host}/right@sha256:`) },
    })
    expect(said[1]).toMatchObject({ type: 'ModelFinished' })
    const secret = Buffer.from(`${account.username}:${account.password}`).toString('base64')
    for (const text of [JSON.stringify(said), ward.warnings.join()]) {
      expect(text).not.toContain(account.password)
      expect(text).not.toContain(secret)
    }
  })
})
