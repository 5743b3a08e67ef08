// What must be there before anything of ours can be imported: plain JavaScript, nothing but Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const sources = ['schemas', 'core', 'infra', 'producers', 'processors', 'projections', 'app']
const buildInputs = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']

/** Brings the libraries of package-lock.json unless exactly they are there. */
export const ensureDependencies = (root, say) => {
  requireNode()
  const stamp = join(root, 'node_modules', '.raddeploy')
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const present = () => read(stamp) === wanted || installedSince(root)
  if (present()) {
    if (read(stamp) !== wanted) writeFileSync(stamp, wanted)
    return
  }
  alone(root, () => {
    if (present()) return
    say('installing the libraries (npm ci)')
    const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
    execute('npm ci', 'npm', args, root)
    writeFileSync(stamp, wanted)
  })
}

/** Compiles to dist/ unless it is newer than every source. */
export const ensureBuilt = (root, say = () => undefined) => {
  const stamp = join(root, 'dist', '.built')
  const fresh = () => modified(stamp) > newestSource(root)
  if (fresh()) return
  alone(root, () => {
    if (fresh()) return
    say('compiling')
    const begun = Date.now() / 1000
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    execute('compiling', process.execPath, [compiler, '-p', 'tsconfig.build.json'], root)
    // What changes while the compiler runs counts as newer.
    writeFileSync(stamp, '')
    utimesSync(stamp, begun, begun)
  })
}

const requireNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(`raddeploy needs Node 20.19 or newer; this is ${process.versions.node}`)
}

/** Someone has called npm himself: its own list is written last of all. */
const installedSince = (root) =>
  modified(join(root, 'node_modules', '.package-lock.json')) + 2000 >=
  modified(join(root, 'package-lock.json'))

const newestSource = (root) => {
  let newest = Math.max(...buildInputs.map((name) => modified(join(root, name))))
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else if (entry.name.endsWith('.ts')) newest = Math.max(newest, modified(path))
    }
  }
  for (const name of sources) walk(join(root, name))
  return newest
}

/** One process of ours at a time; the lock of a dead one counts for nothing. */
const alone = (root, step) => {
  const lock = join(root, '.raddeploy', 'bootstrap.lock')
  mkdirSync(join(root, '.raddeploy'), { recursive: true })
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const holder = Number(read(lock))
      if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  const release = () => {
    if (read(lock) === String(process.pid)) unlinkSync(lock)
  }
  process.once('exit', release)
  step()
  process.off('exit', release)
  release()
}

const execute = (what, program, args, cwd) => {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status === 0) return
  const output = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-20).join('\n')
  fail(`${what} failed (${error?.message ?? signal ?? `exit code ${status}`}):\n${output}`)
}

const fail = (message) => {
  process.stderr.write(`raddeploy: ${message}\n`)
  process.exit(1)
}
const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
const read = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
