import { posix } from 'node:path'
import { failure } from './failure.ts'

/** A path inside a container: absolute, normalised, without a slash at the end; never the root itself. */
export const containerPath = (path: string): string => {
  const normal = posix.normalize(path).replace(/\/+$/, '')
  if (!normal.startsWith('/')) throw failure('image', `"${path}" is not a path to mount at; correct the flow`)
  return normal
}

/** `path` relative to `folder`, or undefined where it does not lie within; '' where they are the same. */
export const within = (folder: string, path: string): string | undefined =>
  path === folder ? '' : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined

/** What an S3 key (1024 bytes) leaves for the path of a file, and a file system for each of its parts. */
const limits = { path: 800, part: 255 }

/**
 * The name of an archive entry as a path relative to its mount; undefined for the mount itself. A name
 * that would leave the mount, or that a file system or an S3 key cannot carry, is a failure: dropping a
 * result in silence is not an option.
 */
export const entryPath = (name: string): string | undefined => {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.length === 0) return undefined
  const path = parts.join('/')
  if (name.startsWith('/') || parts.includes('..'))
    throw failure('output', 'a file of the output lies outside its mount; correct the model')
  // U+FFFD stands where the name was not UTF-8
  if (/[\p{Cc}\uFFFD]/u.test(path) || Buffer.byteLength(path) > limits.path)
    throw failure('output', nameAdvice)
  if (parts.some((part) => Buffer.byteLength(part) > limits.part)) throw failure('output', nameAdvice)
  return path
}

const nameAdvice = `a file of the output has a name with control characters, not in UTF-8, or longer than ${limits.path} bytes; correct the model`

/** The folders above a path, outermost first. */
export const foldersAbove = (path: string): readonly string[] => {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
