import { type Readable, Transform, pipeline } from 'node:stream'
import { createInflateRaw } from 'node:zlib'
import { SyntaxConverter } from '../../../core/dicom/convert/converter.ts'
import { encodingOf, isOnlyInflated } from '../../../core/dicom/convert/syntaxes.ts'
import { isDeflated } from '../../../core/dicom/transferSyntax.ts'
import { RadDeployError, isRadDeployError, messageOf } from '../../../core/error/error.ts'

/**
 * A data set in another transfer syntax, while it streams by; which pairs there are says isConvertible. It ends with
 * RD_DICOM_UNREADABLE where its bytes make no sense, and with the source's own error where that breaks off.
 */
export const converted = (source: Readable, from: string, to: string): Readable => {
  const inflate = isDeflated(from) ? [createInflateRaw()] : []
  const rewrite = isOnlyInflated(from, to) ? [] : [rewriting(from, to)]
  const failing = new Transform({
    transform: (chunk: Buffer, _, done) => done(null, chunk),
    destroy: (error, done) => done(error && known(error)),
  })
  return pipeline([source, ...inflate, ...rewrite, failing], () => undefined) as Transform
}

const known = (error: Error): Error =>
  isRadDeployError(error)
    ? error
    : new RadDeployError(
        'RD_DICOM_UNREADABLE',
        `the data set cannot be converted: ${messageOf(error)}`,
        {},
        error,
      )

const rewriting = (from: string, to: string): Transform => {
  const converter = new SyntaxConverter(encodingOf(from), encodingOf(to))
  const pushed = (
    stream: Transform,
    pieces: () => readonly Buffer[],
    done: (error?: Error) => void,
  ): void => {
    try {
      // Heads are short, and there are many.
      const all = Buffer.concat(pieces())
      if (all.length > 0) stream.push(all)
      done()
    } catch (error) {
      done(error as Error)
    }
  }
  return new Transform({
    transform(chunk: Buffer, _, done) {
      pushed(this, () => converter.push(chunk), done)
    },
    flush(done) {
      pushed(this, () => converter.end(), done)
    },
  })
}
