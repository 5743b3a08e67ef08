import { describe, expect, test } from 'vitest'
import { parseFlow } from '../../../../core/flow/parse.ts'
import { problemText } from '../../../../core/flow/problem.ts'

const problemsOf = (destination: string): string[] => {
  const text = `triggers: [{Modality: CT}]\ndestinations:\n  - ${destination}\n`
  return (parseFlow(text, 'f.yaml').problems ?? [])
    .map((one) => problemText(one).replace(/^f\.yaml:3:\d+: /, ''))
    .sort()
}

describe('a destination that cannot be is refused with a reason:', () => {
  test.each([
    [
      '{}',
      [
        'destinations[0].host: is missing; it is a host name or IP address',
        'destinations[0].port: is missing; it is a TCP port',
        'destinations[0].ae_title: is missing; it is an AE title',
      ],
    ],
    [
      'PACS',
      ['destinations[0]: is a map with host, port and ae_title, or with one of stow, http, s3 and folder'],
    ],
    [
      '{stow: "https://a/b", hedaers: {}}',
      ['destinations[0].hedaers: is not known; did you mean "headers"?'],
    ],
    [
      '{stow: "https://a", port: 3}',
      ['destinations[0].port: is not known here; it belongs to another kind of destination'],
    ],
    ['{stow: ftp://a}', ['destinations[0].stow: is a URL: https://…']],
    ['{stow: "https://u:p@a"}', ['destinations[0].stow: holds a password; put it into headers, as a secret']],
    [
      '{http: "https://a?api_key=1"}',
      [
        'destinations[0].http: "api_key" is a secret: write {secret: NAME}, a definition stays on the log for ever',
      ],
    ],
    ['{http: "https://a", format: xml}', ['destinations[0].format: is one of multipart, json, form']],
    [
      '{http: "https://a", fields: {token: abc}}',
      [
        'destinations[0].fields.token: is a secret: write {secret: NAME}, a definition stays on the log for ever',
      ],
    ],
    ['{http: "https://a", fields: {a: 3}}', ['destinations[0].fields.a: is a text, or {secret: NAME}']],
    [
      '{http: "https://a", headers: {authorization: Bearer abc}}',
      [
        'destinations[0].headers.authorization: is a secret: write {secret: NAME}, a definition stays on the log for ever',
      ],
    ],
    ['{http: "https://a", headers: {Host: b}}', ['destinations[0].headers.Host: is set by us']],
    [
      '{http: "https://a", headers: {a: {secret: ../b}}}',
      [
        'destinations[0].headers.a.secret: is the name of a secret: letters, digits, "_", "." and "-", a letter first',
      ],
    ],
    [
      '{s3: results}',
      [
        'destinations[0].s3: is s3://bucket/prefix',
        'destinations[0].access_key_id: is missing; it is a text, or {secret: NAME}',
        'destinations[0].secret_access_key: is missing; it is {secret: NAME}',
      ],
    ],
    [
      '{s3: "s3://b-1", access_key_id: a, secret_access_key: abc}',
      ['destinations[0].secret_access_key: is {secret: NAME}'],
    ],
    ['{folder: out}', ['destinations[0].folder: is an absolute path, without ".."']],
    ['{folder: /out/../etc}', ['destinations[0].folder: is an absolute path, without ".."']],
    [
      '{folder: /o, deadline: soon}',
      ['destinations[0].deadline: is a duration: 30s, 15m, 2h, or a number of seconds'],
    ],
    [
      '{host: h, port: 1, ae_title: A, tls: {certificate: a}}',
      ['destinations[0].tls.certificate: is not known; did you mean "cert"?'],
    ],
    [
      '{host: h, port: 1, ae_title: A, tls: {ca: my-ca}}',
      ['destinations[0].tls.ca: is a certificate (PEM), or {secret: NAME}'],
    ],
    [
      '{host: h, port: 1, ae_title: A, tls: {key: {secret: K}}}',
      ['destinations[0].tls: cert and key go together'],
    ],
    [
      '{host: h, port: 1, ae_title: A, commitment: {timeuot: 3}}',
      ['destinations[0].commitment.timeuot: is not known; did you mean "timeout"?'],
    ],
  ])('%s', (text, problems) => expect(problemsOf(text)).toEqual([...problems].sort()))
})
