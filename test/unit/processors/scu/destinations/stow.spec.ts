import { afterEach, describe, expect, test } from 'vitest'
import { batches } from '../../../../../processors/scu/destinations/stow/body.ts'
import { studiesUrl } from '../../../../../processors/scu/destinations/stow/send.ts'
import { type OutgoingInstance } from '../../../../../processors/scu/instances.ts'
import { delivering, destinationIn, dicomFile } from '../../../../support/delivering.ts'
import { type Reply, type Seen, startWebServer } from '../../../../support/webServer.ts'

let server: Awaited<ReturnType<typeof startWebServer>>
afterEach(() => server.close())
const serving = async (reply?: (seen: Seen, files: readonly Buffer[]) => Reply) =>
  (server = await startWebServer(reply && ((seen) => reply(seen, filesOf(seen)))))
const destination = () =>
  destinationIn(`{stow: "${server.url}/dicom-web", headers: {Authorization: {secret: BEARER}}}`)
const secrets = { BEARER: 'Bearer abc.def' }

/** The files of a multipart/related body, read by what the standard says and not by our code. */
const filesOf = ({ body, headers }: Seen): Buffer[] => {
  const boundary = /boundary=([^;]+)$/.exec(headers['content-type']!)![1]!
  const text = body.toString('latin1')
  expect(text.endsWith(`\r\n--${boundary}--\r\n`)).toBe(true)
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      expect(part.startsWith('\r\nContent-Type: application/dicom\r\n\r\n')).toBe(true)
      return Buffer.from(part.slice(part.indexOf('\r\n\r\n') + 4, -2), 'latin1')
    })
}
const item = (name: number, more: object = {}): object => ({
  '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
  '00081155': { vr: 'UI', Value: [`1.2.${name}`] },
  ...more,
})
const answer = (stored: object[], failed: object[] = [], status = 200): Reply => ({
  status,
  type: 'application/dicom+json',
  body: JSON.stringify({
    '00081190': { vr: 'UR', Value: ['http://pacs/studies/1'] },
    ...(stored.length > 0 ? { '00081199': { vr: 'SQ', Value: stored } } : {}),
    ...(failed.length > 0 ? { '00081198': { vr: 'SQ', Value: failed } } : {}),
  }),
})
const reason = (value: number): object => ({ '00081197': { vr: 'US', Value: [value] } })
const three = { '1': dicomFile(1), '2': dicomFile(2), '3': dicomFile(3) }

describe('a destination by STOW-RS', () => {
  test('gets the files as they are stored, in one request', async () => {
    const got: Buffer[] = []
    await serving((_, files) => {
      got.push(...files)
      return answer([item(1), item(2), item(3)])
    })
    const { attempt, delivery, written } = delivering({ secrets })
    const fact = await attempt(delivery(destination(), three))
    expect(fact.data).toMatchObject({ succeeded: 3, failed: 0, notAttempted: 0, error: null })
    expect(got.map((one, n) => one.equals(Object.values(three)[n]!))).toEqual([true, true, true])
    const [request] = server.seen
    expect([request!.method, request!.path]).toEqual(['POST', '/dicom-web/studies'])
    expect(request!.headers).toMatchObject({
      accept: 'application/dicom+json',
      authorization: 'Bearer abc.def',
      'content-type': expect.stringMatching(/^multipart\/related; type="application\/dicom"; /) as string,
    })
    expect(written(fact)).not.toContain('abc.def')
  })

  test('says of each instance what became of it, and gets again only what it has not', async () => {
    let times = 0
    await serving(() => {
      times += 1
      if (times > 1) return answer([item(2), item(3)])
      const warned = item(1, { '00081196': { vr: 'US', Value: [0xb000] } })
      return answer([warned], [item(2, reason(0xa700))], 202)
    })
    const { attempt, delivery, after, resultsOf } = delivering({ secrets })
    const files = delivery(destination(), three)
    const first = await attempt(files)
    expect(resultsOf(first).map(({ outcome, status }) => [outcome, status])).toEqual([
      ['warning', 0xb000],
      ['failure', 0xa700],
      ['notAttempted', null],
    ])
    const second = await attempt(after(files, first))
    expect(second.data).toMatchObject({ succeeded: 2, warned: 1, failed: 0, notAttempted: 0 })
    expect(filesOf(server.seen[1]!)).toHaveLength(2)
  })

  test('that takes none (409) says why for each', async () => {
    await serving(() =>
      answer(
        [],
        [1, 2, 3].map((n) => item(n, reason(0x0122))),
        409,
      ),
    )
    const { attempt, delivery, resultsOf } = delivering({ secrets })
    const fact = await attempt(delivery(destination(), three))
    expect(fact.data).toMatchObject({ succeeded: 0, failed: 3, notAttempted: 0 })
    expect(resultsOf(fact).map(({ status }) => status)).toEqual([0x0122, 0x0122, 0x0122])
  })

  test.each([
    ['an empty answer', { status: 200 }],
    ['a page of a proxy', { status: 200, body: '<html>please log in</html>', type: 'text/html' }],
    ['an answer of others', answer([item(9)])],
    ['nothing, but accepted', { status: 202 }],
  ])('by %s has nothing acknowledged', async (_, reply) => {
    await serving(() => reply)
    const { attempt, delivery, resultsOf } = delivering({ secrets })
    const fact = await attempt(delivery(destination(), { '1': dicomFile(1) }))
    expect(fact.data).toMatchObject({ succeeded: 0, failed: 0, notAttempted: 1 })
    expect(resultsOf(fact)[0]!.comment).toMatch(/does not name the instance/)
  })

  test.each([400, 401, 403, 415])('that refuses all (%i) is believed', async (status) => {
    await serving(() => ({ status, body: `no, Bearer abc.def` }))
    const { attempt, delivery, resultsOf, written } = delivering({ secrets })
    const fact = await attempt(delivery(destination(), three))
    expect(fact.data).toMatchObject({
      failed: 3,
      code: 'RD_DESTINATION_UNAVAILABLE',
      error: `127.0.0.1:${server.port} answered with HTTP status ${status}`,
    })
    expect(resultsOf(fact)[0]).toMatchObject({ status, comment: 'no, ***' })
    expect(written(fact)).not.toContain('abc.def')
  })

  test.each([408, 429, 500, 503])('that cannot now (%i) leaves all to the next attempt', async (status) => {
    await serving(() => ({ status }))
    const { attempt, delivery } = delivering({ secrets })
    const fact = await attempt(delivery(destination(), three))
    expect(fact.data).toMatchObject({ failed: 0, notAttempted: 3, code: 'RD_DESTINATION_UNAVAILABLE' })
  })

  test('that finds a request too large gets smaller ones', async () => {
    await serving((_, files) =>
      files.length > 1
        ? { status: 413 }
        : answer([item(Number(/1\.2\.(\d)\0/.exec(files[0]!.toString('latin1'))![1]))]),
    )
    const { attempt, delivery } = delivering({ secrets })
    const fact = await attempt(delivery(destination(), three))
    expect(fact.data).toMatchObject({ succeeded: 3, notAttempted: 0 })
  })

  test('never gets a file whole whose bytes changed, and the others all the same', async () => {
    await serving((_, files) =>
      answer(files.map((one) => item(Number(/1\.2\.(\d)\0/.exec(one.toString('latin1'))![1])))),
    )
    const { attempt, delivery, s3, resultsOf } = delivering({ secrets })
    const one = delivery(destination(), { ...three, 'log.txt': Buffer.from('no DICOM') })
    s3.objects.get('out/2')![39_000]! ^= 1
    const fact = await attempt(one)
    expect(fact.data).toMatchObject({ succeeded: 2, failed: 1, notAttempted: 1, code: 'RD_S3_CORRUPT' })
    expect(resultsOf(fact).map(({ id, outcome }) => [id, outcome])).toEqual([
      ['2', 'notAttempted'],
      ['1', 'success'],
      ['3', 'success'],
      ['log.txt', 'failure'],
    ])
  })

  test('that nobody answers for is said to be so', async () => {
    await serving()
    const { attempt, delivery } = delivering({ secrets })
    const to = destinationIn('{stow: "http://127.0.0.1:1/dicom-web"}')
    const fact = await attempt(delivery(to, three))
    expect(fact.data).toMatchObject({ notAttempted: 3, code: 'RD_DESTINATION_UNAVAILABLE' })
    expect(fact.data.error).toMatch(/^127\.0\.0\.1:1: /)
  })
})

test('a request has no more instances and bytes than a server likes', () => {
  const sized = (...sizes: number[]) =>
    sizes.map((size) => ({ file: { size } }) as unknown as OutgoingInstance)
  const sizesOf = (...sizes: number[]) =>
    batches(sized(...sizes), { instances: 3, bytes: 10 }).map((batch) => batch.map(({ file }) => file.size))
  expect(sizesOf(1, 1, 1, 1)).toEqual([[1, 1, 1], [1]])
  expect(sizesOf(5, 5, 5, 50, 1)).toEqual([[5, 5], [5], [50], [1]])
})

test.each([
  ['http://pacs/dicom-web', 'http://pacs/dicom-web/studies'],
  ['http://pacs/dicom-web/', 'http://pacs/dicom-web/studies'],
  ['http://pacs/dicom-web/studies', 'http://pacs/dicom-web/studies'],
  ['http://pacs/rs/studies/1.2.3/', 'http://pacs/rs/studies/1.2.3'],
  ['https://pacs/?project=a', 'https://pacs/studies?project=a'],
])('%s stores at %s', (service, url) => expect(studiesUrl(service)).toBe(url))
