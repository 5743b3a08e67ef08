import { writeFileSync } from 'node:fs'
import { type SerializedError } from 'vitest'
import { type Reporter, type TestCase, type TestModule, type TestSuite } from 'vitest/node'

/**
 * Counts what passed and what failed. Whatever breaks outside a test counts as a failure too: a file that
 * cannot be read, a hook that throws, a rejection that nobody awaited, and each test that for such a
 * reason was not run. Into the file that TEST_SUMMARY names, where test/run.mjs looks for it.
 */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    let passed = 0
    let failed = unhandled.length
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      passed += tests.filter((test) => test.result().state === 'passed').length
      failed += tests.filter(hasFailed).length
      for (const group of [module, ...module.children.allSuites()])
        if (group.errors().length > 0 && ![...group.children.allTests()].some(hasFailed)) failed += 1
    }
    const file = process.env['TEST_SUMMARY']
    if (file) writeFileSync(file, JSON.stringify({ passed, failed }))
  }
}

const hasFailed = (test: TestCase): boolean => {
  const { state } = test.result()
  return (
    state === 'failed' || (state !== 'passed' && groupsOf(test).some((group) => group.errors().length > 0))
  )
}

const groupsOf = (test: TestCase): (TestSuite | TestModule)[] => {
  const groups: (TestSuite | TestModule)[] = []
  for (let group = test.parent; ; group = group.parent) {
    groups.push(group)
    if (group.type === 'module') return groups
  }
}
