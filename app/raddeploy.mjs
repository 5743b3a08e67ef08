#!/usr/bin/env node
// The command: brings itself up to date, then hands over to app/main.ts as compiled.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBuilt, ensureDependencies } from './bootstrap.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const say = (what) => process.stderr.write(`raddeploy: ${what}\n`)

ensureDependencies(root, say)
ensureBuilt(root, say)
// Our libraries' notes to developers are nothing for the user's terminal.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
process.env.KAFKAJS_NO_PARTITIONER_WARNING ??= '1'
await import('../dist/app/main.js')
