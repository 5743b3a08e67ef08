// `npm test [-- what vitest takes]`: brings what the tests need, runs them all, and says the sum at the end.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureDependencies } from '../app/bootstrap.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const say = (what) => process.stderr.write(`test: ${what}\n`)

/** What the tests check us against, by Debian package, and a program by which it is known elsewhere. */
const tools = {
  dcmtk: 'storescu',
  orthanc: 'Orthanc',
  'orthanc-dicomweb': 'Orthanc',
  dicom3tools: 'dciodvfy',
  kcat: 'kcat',
  'busybox-static': 'busybox',
  python3: 'python3',
  'python3-venv': 'python3',
  'docker-registry': 'docker-registry',
  openssl: 'openssl',
}

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const isInstalled = (tool) =>
  has('dpkg-query')
    ? String(spawnSync('dpkg-query', ['-W', '-f=${Status}', tool]).stdout) === 'install ok installed'
    : has(tools[tool])

const ensureTools = () => {
  const missing = Object.keys(tools).filter((tool) => !isInstalled(tool))
  if (missing.length === 0) return
  const patience = ['-o', 'DPkg::Lock::Timeout=300']
  const command = ['install', '-y', '--no-install-recommends', ...patience, ...missing]
  if (process.getuid() === 0 && has('apt-get')) {
    say(`installing ${missing.join(' ')}`)
    const apt = (args) =>
      spawnSync('apt-get', args, {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        stdio: ['ignore', 'pipe', 'pipe'],
        encoding: 'utf8',
      })
    if (apt(command).status === 0) return
    apt(['update'])
    const second = apt(command)
    if (second.status === 0) return
    say(`${second.stdout}${second.stderr}`.trim().split('\n').slice(-5).join('\n'))
  }
  say(`the tests need these packages: apt-get install ${missing.join(' ')}`)
  process.stdout.write('0 passed, 1 failed\n')
  process.exit(1)
}

const finish = ({ passed, failed }, code) => {
  process.stdout.write(`${passed} passed, ${failed} failed\n`, () => process.exit(code))
}

/** Runs vitest once; what it counted. */
const vitest = (args, folder, name) => {
  const summary = join(folder, `${name}.json`)
  const program = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', `--reporter=${join(root, 'test', 'support', 'reporter.ts')}`]
  const child = spawn(process.execPath, [program, 'run', ...reporters, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      TEST_SUMMARY: summary,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      KAFKAJS_NO_PARTITIONER_WARNING: '1',
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => {
    child.once('close', (status) => {
      let sum
      try {
        sum = JSON.parse(readFileSync(summary, 'utf8'))
      } catch {
        // It did not come as far as running tests.
        sum = { passed: 0, failed: 1 }
      }
      const good = status === 0 && sum.failed === 0 && sum.passed > 0
      resolve(good || sum.failed > 0 ? sum : { ...sum, failed: 1 })
    })
  })
}

/**
 * What runs side by side, each on a stack of its own: end to end, tests wait for most of their time. Where the
 * caller chooses what runs, it is one run.
 */
const groupsOf = (args) =>
  args.length > 0
    ? { chosen: args }
    : { 'end-to-end': ['--project=e2e'], others: ['--project=unit', '--project=integration'] }

const runTests = async (args) => {
  const folder = mkdtempSync(join(tmpdir(), 'raddeploy-test-'))
  const runs = Object.entries(groupsOf(args)).map(([name, own]) => vitest(own, folder, name))
  const sums = await Promise.all(runs)
  rmSync(folder, { recursive: true, force: true })
  const total = (key) => sums.reduce((sum, one) => sum + one[key], 0)
  finish({ passed: total('passed'), failed: total('failed') }, total('failed') === 0 ? 0 : 1)
}

/** The unit tests need nothing but Node. */
const wantsOnlyUnit = (args) => {
  const paths = args.filter((arg) => arg.startsWith('test/'))
  return (
    args.join(' ').includes('--project unit') ||
    args.includes('--project=unit') ||
    (paths.length > 0 && paths.every((path) => path.startsWith('test/unit')))
  )
}

process.chdir(root)
ensureDependencies(root, say)
if (!wantsOnlyUnit(process.argv.slice(2))) ensureTools()
await runTests(process.argv.slice(2))
