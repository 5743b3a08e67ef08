import { describe, expect, test } from 'vitest'
import {
  deadlineMsOf,
  destinationOf,
  insteadOf,
  nameOf,
  optionsFor,
  optionsOf,
} from '../../../../core/delivery/destination.ts'
import { type FlowDestination, destinationSchema } from '../../../../core/flow/destinationSchema.ts'
import { definitionOf } from '../../../../core/flow/hash.ts'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { flowOf } from '../../../../core/flow/schema.ts'

const written = (text: string): FlowDestination =>
  parseFlow(`triggers: [{Modality: CT}]\ndestinations: [${text}]`, 'f.yaml').flow!.destinations[0]!
const event = (text: string) => destinationOf(written(text))

const stow = '{stow: "https://pacs/dicom-web", headers: {Authorization: {secret: PACS}}}'
const redCap = `{http: "https://redcap/api/", format: form, file_field: data, name: RedCap, deadline: 15m,
  fields: {token: {secret: REDCAP}, content: record, format: json}}`
const bucket = `{s3: "s3://results/ct", endpoint: "http://minio:9000", access_key_id: raddeploy,
  secret_access_key: {secret: MINIO}}`

describe('a destination of a flow file', () => {
  test('that is a DICOM node is what it always was', () => {
    expect(event('{host: pacs, port: 104, ae_title: PACS}')).toEqual({
      kind: 'dimse',
      host: 'pacs',
      port: 104,
      aeTitle: 'PACS',
      url: null,
      options: '{}',
    })
  })

  test.each([
    [
      '{host: pacs, port: 2762, ae_title: PACS, tls: true, commitment: true, calling_ae_title: US}',
      { kind: 'dimse', host: 'pacs', port: 2762, aeTitle: 'PACS', url: null },
      { tls: { verify: true }, commitment: { timeout: 60 }, calling_ae_title: 'US' },
    ],
    [
      stow,
      { kind: 'stow-rs', host: 'pacs', port: 443, aeTitle: '', url: 'https://pacs/dicom-web' },
      { headers: { Authorization: { secret: 'PACS' } } },
    ],
    [
      redCap,
      { kind: 'http', host: 'redcap', port: 443, url: 'https://redcap/api/' },
      {
        name: 'RedCap',
        deadline: 900,
        format: 'form',
        file_field: 'data',
        fields: { token: { secret: 'REDCAP' }, content: 'record', format: 'json' },
      },
    ],
    [
      bucket,
      { kind: 's3', host: '', port: 0, url: 's3://results/ct' },
      { endpoint: 'http://minio:9000', access_key_id: 'raddeploy', secret_access_key: { secret: 'MINIO' } },
    ],
    ['{folder: "/data/out of here"}', { kind: 'folder', host: '', url: 'file:///data/out%20of%20here' }, {}],
  ])('%s', (text, place, options) => {
    const destination = event(text)
    expect(destination).toMatchObject(place)
    expect(JSON.parse(destination.options)).toEqual(options)
    expect(optionsFor(destination.kind as 'dimse', destination)).toEqual(options)
  })

  test('does not change by being read again out of a definition', () => {
    for (const text of [stow, redCap, bucket, '{host: h, port: 1, ae_title: A, tls: {verify: false}}']) {
      const { flow } = parseFlow(`triggers: [{Modality: CT}]\ndestinations: [${text}]`, 'f.yaml')
      expect(flowOf(definitionOf(flow!))).toEqual(flow)
      expect(destinationSchema.parse(flow!.destinations[0])).toEqual(flow!.destinations[0])
    }
  })
})

describe('people call a destination', () => {
  test.each([
    ['{host: pacs, port: 104, ae_title: PACS}', 'PACS@pacs:104'],
    ['{host: pacs, port: 104, ae_title: PACS, name: archive}', 'archive'],
    [stow, 'https://pacs/dicom-web'],
    [redCap, 'RedCap'],
    ['{folder: /data}', 'file:///data'],
  ])('%s by %s', (text, name) => expect(nameOf(event(text))).toBe(name))

  test('by its place where its options make no sense', () => {
    const odd = { kind: 'dimse', host: 'h', port: 1, aeTitle: 'A', url: null }
    for (const options of ['', '[1]', '{"name":3}', 'null']) {
      expect(nameOf({ ...odd, options })).toBe('A@h:1')
      expect(optionsOf({ ...odd, options })).toEqual({})
    }
  })
})

test('a deadline is in milliseconds, and none where the flow says none', () => {
  expect(deadlineMsOf(event(redCap))).toBe(900_000)
  expect(deadlineMsOf(event(stow))).toBeUndefined()
})

test('commitment is asked for where the flow file asks for it', () => {
  expect(optionsOf(event('{host: h, port: 1, ae_title: A, commitment: {timeout: 1h}}')).commitment).toEqual({
    timeout: 3600,
  })
  expect(optionsOf(event(stow)).commitment).toBeUndefined()
})

test('options that are none of this kind are a configuration that is not valid', () => {
  const options = '{"format":"pigeon"}'
  const destination = { kind: 'http', host: 'h', port: 1, aeTitle: '', url: 'http://h', options }
  expect(() => optionsFor('http', destination)).toThrow(/options of http:\/\/h cannot be read: format/)
})

describe('a place that a delivery is redirected to', () => {
  const place = destinationOf(destinationSchema.parse({ host: 'pacs', port: 104, ae_title: 'PACS' }))
  const withRules = destinationOf(
    destinationSchema.parse({ host: 'study', port: 104, ae_title: 'STUDY', deidentify: true }),
  )
  const other = { profile: 'basic', options: ['retain_uids'] }
  const withOthers = destinationOf(
    destinationSchema.parse({ host: 'x', port: 1, ae_title: 'X', name: 'x', deidentify: other }),
  )

  test('gets de-identified what was to be, by the rules that it was to be by', () => {
    const instead = insteadOf(withRules, place)
    expect(instead).toMatchObject({ host: 'pacs', aeTitle: 'PACS' })
    expect(optionsOf(instead).deidentify).toEqual(optionsOf(withRules).deidentify)
  })

  test('keeps rules of its own, and gets none where there were none', () => {
    expect(insteadOf(withRules, withOthers)).toEqual(withOthers)
    expect(insteadOf(place, place)).toEqual(place)
  })
})
