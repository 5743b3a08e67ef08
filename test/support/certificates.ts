import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** PEM files of a private key and its certificate. */
export interface Certificate {
  readonly key: string
  readonly cert: string
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly fingerprint: string
}

const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const ellipticKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

const described = (key: string, cert: string): Certificate => {
  const [, hex] = /=([0-9A-F:]+)/.exec(openssl('x509', '-in', cert, '-noout', '-fingerprint', '-sha256'))!
  return { key, cert, fingerprint: hex!.replaceAll(':', '').toLowerCase() }
}

/** A certification authority below a folder, and what it signs. By openssl, as an operator would do it. */
export const authority = (folder: string, name = 'ca') => {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
  openssl('req', '-x509', ...ellipticKey, '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${name}`)
  const sign = (who: string): Certificate => {
    const [own, request, signed] = ['key', 'csr', 'pem'].map((end) => join(folder, `${name}-${who}.${end}`))
    openssl('req', ...ellipticKey, '-keyout', own!, '-out', request!, '-subj', `/CN=${who}`)
    const extensions = join(folder, `${name}-${who}.ext`)
    writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
    const by = ['-CA', cert, '-CAkey', key, '-CAcreateserial', '-days', '2', '-extfile', extensions]
    openssl('x509', '-req', '-in', request!, '-out', signed!, ...by)
    return described(own!, signed!)
  }
  return { cert, sign, text: () => readFileSync(cert, 'utf8') }
}
