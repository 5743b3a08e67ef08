// Outlives the run that started it by a moment: when that ends, however it ends, its stack goes too.
import { removeStack } from './leftovers.ts'

const dataDir = process.argv[2]!
process.stdin.resume().once('close', () => void removeStack(dataDir).then(() => process.exit(0)))
