import {
  type CreateNodeOptions,
  type Document,
  type DocumentOptions,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParseOptions,
  type Scalar,
  type ScalarTag,
  type SchemaOptions,
  type Tags,
  type YAMLMap,
  type YAMLParseError,
} from 'yaml'
import { pythonFloat } from '../python/literal.ts'

const booleanTag = (value: boolean, test: RegExp): ScalarTag => ({
  identify: (candidate) => candidate === value,
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test,
  resolve: () => value,
})

/** Dates and the rest of YAML 1.1's zoo would reach a model's config as something else than was written. */
const left = ['bool', 'timestamp', 'binary', 'omap', 'pairs', 'set']

/**
 * YAML as PyYAML reads it (YAML 1.1: `yes`, `on`, merge keys), since RadDeploy's files were written for it.
 * `y` and `n` are text there; so, here, are dates.
 */
export const likePyYaml: ParseOptions & DocumentOptions & SchemaOptions & CreateNodeOptions = {
  version: '1.1',
  uniqueKeys: true,
  customTags: (tags: Tags): Tags => [
    booleanTag(true, /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/),
    booleanTag(false, /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/),
    ...tags.filter((tag) => typeof tag === 'string' || !left.some((name) => tag.tag.endsWith(`:${name}`))),
  ],
}

/**
 * Whether an error says only that a comment stands close behind a value in quotes (`"a"# b`): YAML forbids it,
 * PyYAML reads it, and flow files are written so.
 */
export const isCloseComment = ({ code, message }: YAMLParseError): boolean =>
  code === 'MISSING_CHAR' && message.startsWith('Comments must be separated')

const numbersAsText = (node: unknown, write: (scalar: Scalar<number>) => string): void => {
  if (isScalar(node) && typeof node.value === 'number') node.value = write(node as Scalar<number>)
}

const mapAt = (map: unknown, key: string, document: Document): YAMLMap | undefined => {
  const found = isMap(map) ? map.get(key, true) : undefined
  const node = isAlias(found) ? found.resolve(document) : found
  return isMap(node) ? node : undefined
}

/**
 * Keeps what was written where YAML takes it for something else than it is to us: `version: 1.10` is 1.10, not
 * 1.1, an environment variable `1.0` is what Python makes of it, 1.0, and the key `on` of `retries` is no `true`.
 */
export const keepWritten = (document: Document): void => {
  if (!isMap(document.contents)) return
  numbersAsText(document.contents.get('version', true), ({ source, value }) => source ?? String(value))
  const models = document.contents.get('models', true)
  for (const model of isSeq(models) ? models.items : []) {
    const environment = mapAt(mapAt(model, 'docker_kwargs', document), 'environment', document)
    for (const { value } of environment?.items ?? [])
      numbersAsText(value, ({ source, value: number }) =>
        /\.|^[-+]?\d+e/i.test(source ?? '') ? pythonFloat(number) : String(number),
      )
    for (const { key } of mapAt(model, 'retries', document)?.items ?? [])
      if (isScalar(key) && typeof key.value === 'boolean') key.value = key.source ?? key.value
  }
}
