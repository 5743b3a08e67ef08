import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { read as workerOption } from './cli/workerOptions.ts'
import { packageRoot } from './config.ts'
import { serviceNames } from './names.ts'

const { version } = createRequire(import.meta.url)(join(packageRoot(), 'package.json')) as { version: string }
const json = ['--json', 'print JSON'] as const

const positive = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.')
  return Number(text)
}
const filled = (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}

/** Every command, with its help; what a command does is loaded when it is called. */
export const program = new Command('raddeploy')
  // Before the commands: they inherit it.
  .exitOverride()
  .configureOutput({ outputError: () => undefined })
  .description('DICOM in, in-house AI models run, results out; every step an event.')
  .version(version)

program
  .command('up')
  .description('start the servers (unless yours are configured) and every processor, until Ctrl-C')
  .action(async () => (await import('./cli/up.ts')).up())
program
  .command('run')
  .description('start one service alone, until Ctrl-C')
  .argument('<name>', `stack (the servers), or one of: ${serviceNames.join(', ')}`)
  .optionsGroup('Options of the worker, instead of what raddeploy.yaml says:')
  .option('--id <id>', 'its id, the same after a restart (default: the instance)', workerOption.id)
  .option('--slots <n>', 'models it runs at once (default: as many as --cpus)', workerOption.slots)
  .option('--cpus <n>', "CPUs it offers (default: all of the engine's host)", workerOption.cpus)
  .option('--memory <size>', 'memory it offers, e.g. 64g (default: all of that host)', workerOption.memory)
  .option('--gpus <ids>', 'GPUs it offers, e.g. 0,1 or with their memory 0=24g,1=24g', workerOption.gpus)
  .option('--labels <words>', 'what flows may ask for by labels, e.g. a100,fast', workerOption.labels)
  .option('--docker-host <host>', 'its engine: unix:///path or tcp://host:port', workerOption.dockerHost)
  .action(async (name, options) => (await import('./cli/run.ts')).run(name, options))
program
  .command('demo')
  .description('show it all: start everything, push a head CT, get an RTSTRUCT back (npm start)')
  .option('--once', 'stop when it arrived; exit code 0 only if it arrived and is valid')
  .action(async ({ once }) => (await import('./demo/index.ts')).demo(once ?? false))
program
  .command('status')
  .description('where everything answers, what runs, and how far behind it is')
  .option(...json)
  .action(async (options) => (await import('./cli/status.ts')).status(options))
program
  .command('send')
  .description('send DICOM files (Part 10) of a folder by C-STORE, or by STOW-RS')
  .argument('<dir>', 'a file, or a folder with its sub-folders')
  .option('--to <AE@HOST:PORT>', 'to an AE by C-STORE (default: our own SCP)', filled)
  .option('--calling <AE>', 'our AE title (default: RADDEPLOY)', filled)
  .option('--stow <url>', 'to a DICOMweb service by STOW-RS instead, all files in one request', filled)
  .option('--token-file <file>', 'the bearer token for that, in a file', filled)
  .option(...json)
  .action(async (dir, options) => (await import('./cli/send.ts')).send(dir, options))

const flows = program.command('flows').description('which DICOM starts which models')
flows
  .command('validate')
  .description('say every error of flow files, each with line and column')
  .argument('<files...>', 'files or folders')
  .option(...json)
  .action(async (files, options) => (await import('./cli/flows/validate.ts')).validate(files, options))
flows
  .command('test')
  .description('say which files each trigger takes, and why not the others; nothing is run')
  .argument('<file>', 'a flow file, or a folder of them')
  .requiredOption('--dicom <dir>', 'a DICOM file, or a folder with its sub-folders')
  .option(...json)
  .action(async (file, options) => (await import('./cli/flows/test.ts')).test(file, options))
flows
  .command('apply')
  .description('put flow files in force; nothing is applied where one has an error')
  .argument('<files...>', 'files or folders')
  .option(...json)
  .action(async (files, options) => (await import('./cli/flows/apply.ts')).apply(files, options))
flows
  .command('pause')
  .description('let a flow take no bundles until it is resumed; runs that have begun go on')
  .argument('<name>', 'name of the flow', filled)
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (name, options) => (await import('./cli/flows/command.ts')).command('pause', name, options))
flows
  .command('resume')
  .description('let a paused flow take bundles again')
  .argument('<name>', 'name of the flow', filled)
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (name, options) => (await import('./cli/flows/command.ts')).command('resume', name, options))
flows
  .command('retire')
  .description('take a flow out of force for good; its history stays')
  .argument('<name>', 'name of the flow', filled)
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (name, options) => (await import('./cli/flows/command.ts')).command('retire', name, options))
flows
  .command('list')
  .description('the flows in force')
  .option('--retired', 'those that were retired, too')
  .option(...json)
  .action(async (options) => (await import('./cli/flows/list.ts')).list(options))
flows
  .command('show')
  .description('one definition exactly as it was applied: that in force, or any version by its hash')
  .argument('<name|hash>', 'name of the flow, or the hash of a version (6 letters of it or more)', filled)
  .option('--json', 'print JSON, with the canonical definition, who applied it and when')
  .action(async (name, options) => (await import('./cli/flows/show.ts')).show(name, options))
flows
  .command('history')
  .description('every version of a flow, and when it was paused, resumed or retired, the newest first')
  .argument('<name>', 'name of the flow', filled)
  .option(...json)
  .action(async (name, options) => (await import('./cli/flows/history.ts')).history(name, options))
flows
  .command('schema')
  .description('the JSON Schema of flow files, for editors')
  .option('--json', 'print JSON, as it does without')
  .action(async () => (await import('./cli/flows/schema.ts')).schema())
flows
  .command('graph')
  .description('the models of a flow file as a Mermaid flowchart, or as an SVG')
  .argument('<file>', 'a flow file, or a folder of them')
  .option('--svg', 'print an SVG, for a browser or a page: of one flow')
  .option(...json)
  .action(async (file, options) => (await import('./cli/flows/graph.ts')).graph(file, options))

const associations = program.command('associations').description('who sent what, and who was refused')
associations
  .command('list')
  .description('the last associations, the newest first, and what became of what they brought')
  .option('--refused', 'those that were asked for and refused instead')
  .option('--limit <n>', 'how many', positive, 20)
  .option(...json)
  .action(async (options) => (await import('./cli/associations/list.ts')).list(options))

const runs = program.command('runs').description('what ran, and how it went')
runs
  .command('list')
  .description('the last runs, the newest first')
  .option('--flow <name>', 'of one flow')
  .option('--limit <n>', 'how many', positive, 20)
  .option(...json)
  .action(async (options) => (await import('./cli/runs/list.ts')).list(options))
runs
  .command('show')
  .description('one run: its models, deliveries, and its history event by event')
  .argument('<id>', 'id of the run, or its first letters', filled)
  .option('--instances', 'show the arrival of each instance, too')
  .option(...json)
  .action(async (id, options) => (await import('./cli/runs/show.ts')).show(id, options))
runs
  .command('logs')
  .description('what the models of a run printed, those that run included')
  .argument('<id>', 'id of the run, or its first letters', filled)
  .option('-f, --follow', 'print each line as it comes, until the run has ended')
  .option('--model <name>', 'of one model', filled)
  .option('--json', 'print JSON; with --follow one object a line')
  .action(async (id, options) => (await import('./cli/runs/logs.ts')).logs(id, options))
runs
  .command('cancel')
  .description('end a run now: its containers are killed and nothing of it is sent')
  .argument('<id>', 'id of the run, or its first letters', filled)
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (id, options) => (await import('./cli/runs/cancel.ts')).cancel(id, options))

const deliveries = program.command('deliveries').description('what goes where, and how far it has come')
deliveries
  .command('list')
  .description('the last deliveries, the newest first')
  .addOption(
    new Option('--status <status>', 'of one status').choices(['pending', 'failed', 'finished', 'dropped']),
  )
  .option('--destination <name>', 'to one destination, by its name', filled)
  .option('--limit <n>', 'how many', positive, 20)
  .option(...json)
  .action(async (options) => (await import('./cli/deliveries/list.ts')).list(options))
deliveries
  .command('show')
  .description('one delivery: its attempts, what became of each instance, and its history event by event')
  .argument('<id>', 'id of the delivery, or its first letters', filled)
  .option(...json)
  .action(async (id, options) => (await import('./cli/deliveries/show.ts')).show(id, options))
deliveries
  .command('retry')
  .description(
    'try deliveries again now, with their whole time before them; only what has not arrived is sent',
  )
  .argument('[ids...]', 'ids of deliveries, or their first letters')
  .option('--failed', 'all that failed')
  .option('--destination <name>', 'of these, those to one destination', filled)
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (ids, options) => (await import('./cli/deliveries/command.ts')).retry(ids, options))
deliveries
  .command('redirect')
  .description('send what has not arrived of a delivery elsewhere from now on')
  .argument('<id>', 'id of the delivery, or its first letters', filled)
  .requiredOption(
    '--to <place>',
    'where to: name of a known destination, AE@HOST:PORT, https://… of a DICOMweb service, or file:///folder',
    filled,
  )
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (id, options) => (await import('./cli/deliveries/command.ts')).redirect(id, options))
deliveries
  .command('drop')
  .description('end deliveries: what has not arrived is not sent')
  .argument('<ids...>', 'ids of deliveries, or their first letters')
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (ids, options) => (await import('./cli/deliveries/command.ts')).drop(ids, options))

const destinations = program.command('destinations').description('where results go')
destinations
  .command('list')
  .description('the destinations: what waits for each, what went wrong there last, and who paused it')
  .option(...json)
  .action(async (options) => (await import('./cli/destinations/list.ts')).list(options))
destinations
  .command('pause')
  .description(
    'let nothing be sent to a destination until it is resumed; deliveries wait, and their time stands still',
  )
  .argument('<name>', 'name of the destination, or its first letters', filled)
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (name, options) =>
    (await import('./cli/destinations/command.ts')).command('pause', name, options),
  )
destinations
  .command('resume')
  .description('let a paused destination have its deliveries')
  .argument('<name>', 'name of the destination, or its first letters', filled)
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (name, options) =>
    (await import('./cli/destinations/command.ts')).command('resume', name, options),
  )

const workers = program.command('workers').description('who runs the models')
workers
  .command('list')
  .description('the workers: what each offers, what it uses of it, and whether it is there')
  .option(...json)
  .action(async (options) => (await import('./cli/workers/list.ts')).list(options))
workers
  .command('drain')
  .description('let a worker get no more models, e.g. before maintenance; what it runs goes on to its end')
  .argument('<id>', 'id of the worker, or its first letters', filled)
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (id, options) => (await import('./cli/workers/command.ts')).command('drain', id, options))
workers
  .command('resume')
  .description('let a drained worker get models again')
  .argument('<id>', 'id of the worker, or its first letters', filled)
  .option('--reason <text>', 'why, for the record')
  .option(...json)
  .action(async (id, options) => (await import('./cli/workers/command.ts')).command('resume', id, options))

const events = program.command('events').description('the log itself')
events
  .command('tail')
  .description('the last events, and with --follow the next ones')
  .option('-f, --follow', 'go on until Ctrl-C')
  .option('--topic <topic>', 'of one topic, e.g. runs')
  .option('--limit <n>', 'how many', positive, 20)
  .option('--json', 'print one JSON object a line')
  .action(async (options) => (await import('./cli/events/tail.ts')).tail(options))
events
  .command('show')
  .description('one event with all its fields')
  .argument('<event>', 'its id or the first letters of it, or topic/partition@offset', filled)
  .option(...json)
  .action(async (event, options) => (await import('./cli/events/show.ts')).show(event, options))

const projections = program.command('projections').description('the tables that are made from the log')
projections
  .command('rebuild')
  .description('make every table anew from offset 0, while the old ones serve')
  .option(...json)
  .action(async (options) => (await import('./cli/projections/rebuild.ts')).rebuildAll(options))
projections
  .command('digest')
  .description('rows and hash of every table: equal hashes mean equal rows')
  .option(...json)
  .action(async (options) => (await import('./cli/projections/digest.ts')).digest(options))
