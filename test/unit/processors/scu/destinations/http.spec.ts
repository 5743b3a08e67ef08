import { afterEach, describe, expect, test } from 'vitest'
import { delivering, destinationIn, dicomFile } from '../../../../support/delivering.ts'
import { startWebServer } from '../../../../support/webServer.ts'

const token = 'd0n0tt3ll+/= "anybody'
let server: Awaited<ReturnType<typeof startWebServer>>
afterEach(() => server.close())
const serving: typeof startWebServer = async (...options) => (server = await startWebServer(...options))
const json = Buffer.from('{"volume": 12.5}')

/** The parts of a multipart body, as a server sees them: head and content. */
const partsOf = (body: Buffer, type: string): [string, string][] => {
  const boundary = /boundary=(.*)$/.exec(type)![1]!
  const text = body.toString('latin1')
  expect(text.endsWith(`\r\n--${boundary}--\r\n`)).toBe(true)
  return text
    .slice(0, -boundary.length - 8)
    .split(`--${boundary}\r\n`)
    .slice(1)
    .map(
      (part) =>
        part
          .replace(/\r\n$/, '')
          .split(/\r\n\r\n(.*)/s)
          .slice(0, 2) as [string, string],
    )
}

describe('a destination over HTTP', () => {
  test('gets each file, whatever it is, as a part of a form of its own', async () => {
    await serving()
    const { attempt, delivery, resultsOf } = delivering({ secrets: { KEY: token } })
    const to = destinationIn(`{http: "${server.url}/upload?x=1", headers: {X-Api-Key: {secret: KEY}},
      fields: {study: "7", token: {secret: KEY}}}`)
    const fact = await attempt(delivery(to, { 'report.json': json, 'deep/ct.dcm': dicomFile(1) }))
    expect(fact.data).toMatchObject({ succeeded: 2, failed: 0, notAttempted: 0, code: null, error: null })
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array(2).fill('POST /upload?x=1'),
    )
    const [first, second] = server.seen.map(({ body, headers }) => partsOf(body, headers['content-type']!))
    expect(first).toEqual([
      ['Content-Disposition: form-data; name="study"', '7'],
      ['Content-Disposition: form-data; name="token"', token],
      [
        'Content-Disposition: form-data; name="file"; filename="report.json"\r\nContent-Type: application/json',
        json.toString(),
      ],
    ])
    expect(second![2]![0]).toContain('filename="ct.dcm"\r\nContent-Type: application/dicom')
    expect(Buffer.from(second![2]![1], 'latin1').equals(dicomFile(1))).toBe(true)
    expect(server.seen[0]!.headers['x-api-key']).toBe(token)
    expect(resultsOf(fact)).toMatchObject([
      { id: 'report.json', sopInstanceUid: '', outcome: 'success', status: 200 },
      { id: 'deep/ct.dcm', outcome: 'success', status: 200 },
    ])
  })

  test('as RedCap wants it gets a form with the text of the file in a field', async () => {
    await serving(() => ({ status: 200, body: '{"count": 1}' }))
    const { attempt, delivery, resultsOf } = delivering({ secrets: { REDCAP: token } })
    const to = destinationIn(`{http: "${server.url}/api/", format: form, file_field: data,
      fields: {token: {secret: REDCAP}, content: record, format: json}}`)
    const fact = await attempt(delivery(to, { 'record.json': Buffer.from('[{"id":"Müller & co"}]') }))
    expect(server.seen[0]!.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(Object.fromEntries(new URLSearchParams(server.seen[0]!.body.toString()))).toEqual({
      token,
      content: 'record',
      format: 'json',
      data: '[{"id":"Müller & co"}]',
    })
    expect(resultsOf(fact)).toMatchObject([{ outcome: 'success', status: 200, comment: '{"count": 1}' }])
  })

  test('that wants JSON gets the bytes of the file, and no file that is none', async () => {
    await serving()
    const { attempt, delivery, resultsOf } = delivering()
    const to = destinationIn(`{http: "${server.url}", format: json}`)
    const fact = await attempt(delivery(to, { 'a.json': json, 'b.dcm': dicomFile(1) }))
    expect(server.seen.map(({ body, headers }) => [body.toString(), headers['content-type']])).toEqual([
      [json.toString(), 'application/json'],
    ])
    expect(fact.data).toMatchObject({ succeeded: 1, failed: 1, notAttempted: 0 })
    expect(resultsOf(fact)[1]).toMatchObject({ outcome: 'failure', comment: 'the file is not JSON' })
  })

  test('that answers with an error says to which file, and gets what it did not take again', async () => {
    let times = 0
    await serving(({ path }) => {
      times += 1
      return path === '/' && times === 1 ? { status: 500, body: 'oops' } : { status: times === 2 ? 422 : 201 }
    })
    const { attempt, delivery, after, resultsOf } = delivering()
    const files = delivery(destinationIn(`{http: "${server.url}"}`), { a: json, b: json, c: json })
    const first = await attempt(files)
    expect(resultsOf(first).map(({ id, outcome, status }) => [id, outcome, status])).toEqual([
      ['a', 'notAttempted', 500],
      ['b', 'failure', 422],
      ['c', 'success', 201],
    ])
    expect(first.data).toMatchObject({
      code: 'RD_DESTINATION_UNAVAILABLE',
      error: `127.0.0.1:${server.port} answered with HTTP status 500`,
    })
    const second = await attempt(after(files, first))
    expect(second.data).toMatchObject({ succeeded: 3, failed: 0, notAttempted: 0, error: null })
    const keys = server.seen.map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).toBe(3)
    expect(new Set(keys.slice(3)).size).toBe(2)
  })

  test.each([429, 503])('that is busy (%i) gets nothing more now', async (status) => {
    await serving(() => ({ status }))
    const { attempt, delivery } = delivering()
    const fact = await attempt(delivery(destinationIn(`{http: "${server.url}"}`), { a: json, b: json }))
    expect(fact.data).toMatchObject({ failed: 0, notAttempted: 2, code: 'RD_DESTINATION_UNAVAILABLE' })
    expect(server.seen).toHaveLength(1)
  })

  test.each([301, 400, 404])('that refuses (%i) is believed', async (status) => {
    await serving(() => ({ status, body: 'no such project' }))
    const { attempt, delivery, resultsOf } = delivering()
    const fact = await attempt(delivery(destinationIn(`{http: "${server.url}"}`), { a: json }))
    expect(fact.data).toMatchObject({ failed: 1, notAttempted: 0 })
    expect(resultsOf(fact)).toMatchObject([{ status, comment: 'no such project' }])
    expect(JSON.stringify(fact)).not.toContain('project')
  })

  test('that does not answer leaves the rest not attempted, and soon', async () => {
    await serving(() => undefined)
    const { attempt, delivery } = delivering()
    const fact = await attempt(delivery(destinationIn(`{http: "${server.url}"}`), { a: json, b: json }))
    expect(fact.data).toMatchObject({
      notAttempted: 2,
      code: 'RD_DESTINATION_UNAVAILABLE',
      error: `127.0.0.1:${server.port}: it did not answer within 0.3 s`,
    })
    expect(server.seen).toHaveLength(1)
  })

  test('that nobody listens at is said to be so', async () => {
    await serving()
    const { attempt, delivery } = delivering()
    const fact = await attempt(delivery(destinationIn('{http: "http://127.0.0.1:1/"}'), { a: json }))
    expect(fact.data).toMatchObject({ notAttempted: 1, code: 'RD_DESTINATION_UNAVAILABLE' })
    expect(fact.data.error).toMatch(/127\.0\.0\.1:1: .*ECONNREFUSED/)
  })

  test('that answers before it has all is heard', async () => {
    await serving(undefined, { early: () => ({ status: 413, body: 'too much' }) })
    const { attempt, delivery, resultsOf } = delivering()
    const big = Buffer.alloc(30_000_000)
    const fact = await attempt(delivery(destinationIn(`{http: "${server.url}"}`), { big }))
    expect(resultsOf(fact)).toMatchObject([{ outcome: 'failure', status: 413, comment: 'too much' }])
  })

  test('that answers so, and keeps the connection open, does not keep the next file waiting', async () => {
    await serving(undefined, { early: () => ({ status: 413, body: 'too much' }) })
    const { attempt, delivery } = delivering()
    const [big, bigger] = [Buffer.alloc(30_000_000), Buffer.alloc(31_000_000)]
    const fact = await attempt(delivery(destinationIn(`{http: "${server.url}"}`), { big, bigger }))
    expect(fact.data).toMatchObject({ failed: 2, notAttempted: 0 })
  })

  test('that says yes before it has all has not got it', async () => {
    await serving(undefined, { early: () => ({ status: 200, body: 'please log in' }) })
    const { attempt, delivery } = delivering()
    const big = Buffer.alloc(30_000_000)
    const fact = await attempt(delivery(destinationIn(`{http: "${server.url}"}`), { big }))
    expect(fact.data).toMatchObject({ succeeded: 0, code: 'RD_DESTINATION_UNAVAILABLE' })
  })
})

test('a file whose bytes changed never reaches a web server as a whole', async () => {
  await serving()
  const { attempt, delivery, s3 } = delivering()
  const files = delivery(destinationIn(`{http: "${server.url}"}`), { bad: dicomFile(1), good: dicomFile(2) })
  s3.objects.get('out/bad')![39_000]! ^= 1
  const fact = await attempt(files)
  expect(fact.data).toMatchObject({ succeeded: 1, notAttempted: 1, code: 'RD_S3_CORRUPT' })
  expect(server.seen).toHaveLength(1)
  expect(server.seen[0]!.body.includes(dicomFile(2))).toBe(true)
})

describe('a secret', () => {
  test('that a server repeats is nowhere written down', async () => {
    const forms = [token, encodeURIComponent(token), JSON.stringify(token)]
    await serving(() => ({ status: 403, body: `you said ${forms.join(' and ')}` }))
    const { attempt, delivery, written, resultsOf } = delivering({ secrets: { REDCAP: token } })
    for (const format of ['form', 'multipart']) {
      const to = destinationIn(`{http: "${server.url}", format: ${format},
        headers: {Authorization: {secret: REDCAP}}, fields: {token: {secret: REDCAP}}}`)
      const fact = await attempt(delivery(to, { 'a.json': json }))
      expect(resultsOf(fact)[0]!.comment).toBe('you said *** and *** and "***"')
      for (const form of forms) expect(written(fact)).not.toContain(form)
      expect(written(fact)).not.toContain('d0n0tt3ll')
    }
    expect(server.seen).toHaveLength(2)
  })

  test('that is missing is named, and nothing is sent', async () => {
    await serving()
    const { attempt, delivery } = delivering()
    const to = destinationIn(`{http: "${server.url}", fields: {token: {secret: REDCAP}}}`)
    const fact = await attempt(delivery(to, { a: json }))
    expect(fact.data).toMatchObject({
      notAttempted: 1,
      code: 'RD_CONFIG_INVALID',
      error: 'there is no secret REDCAP',
    })
    expect(server.seen).toEqual([])
  })
})
