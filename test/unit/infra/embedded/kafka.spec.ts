import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { formattedAs, newClusterId } from '../../../../infra/embedded/kafka.ts'

/** Kafka's own tool, as far as it matters here: it writes the id down where the broker reads it. */
const java = `#!/bin/sh
echo "$*" >> "$FOLDER/calls"
mkdir -p "$8" && printf '#\\nnode.id=1\\ncluster.id=%s\\nversion=1\\n' "$6" > "$8/meta.properties"
`
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rd-kafka-'))
  await writeFile(join(folder, 'java'), java)
  await chmod(join(folder, 'java'), 0o755)
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`)
  vi.stubEnv('FOLDER', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** The stub takes the path of the properties for the data folder. */
const format = (home: string): Promise<string> => formattedAs(join(folder, home), 'jars', join(folder, home))

describe('the broker of an installation', () => {
  test('has a cluster id that no other one has', async () => {
    const ids = [await format('a'), await format('b')]
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
  })

  test('keeps its cluster id at a restart, also one that an earlier version gave it', async () => {
    expect(await format('a')).toBe(await format('a'))
    await format('old')
    await writeFile(join(folder, 'old', 'meta.properties'), 'cluster.id=raddeploy-embedded-kfk\n')
    expect(await format('old')).toBe('raddeploy-embedded-kfk')
    const calls = await readFile(join(folder, 'calls'), 'utf8')
    expect(calls.trim().split('\n')).toHaveLength(2)
  })

  test('says so where its folder names no cluster', async () => {
    await format('a')
    await writeFile(join(folder, 'a', 'meta.properties'), '')
    await expect(format('a')).rejects.toMatchObject({ code: 'RD_STACK_START_FAILED' })
  })
})

test('a cluster id never passes for an option of a command', () => {
  for (let tries = 0; tries < 1000; tries += 1)
    expect(newClusterId()).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
})
