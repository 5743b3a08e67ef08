// One arrow: schemas <- core <- infra <- { producers | processors | projections } <- app.
// A folder imports only what stands left of it; siblings meet on the log, not in the code.
const only = (from, ...allowed) => ({
  name: `${from}-imports-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^(schemas|core|infra|producers|processors|projections|app|test|bench)/',
    pathNot: `^(${[from, ...allowed].join('|')})/`,
  },
})
module.exports = {
  forbidden: [
    only('schemas'),
    only('core', 'schemas'),
    only('infra', 'schemas', 'core'),
    only('producers', 'schemas', 'core', 'infra'),
    only('processors', 'schemas', 'core', 'infra'),
    only('projections', 'schemas', 'core', 'infra'),
    only('app', 'schemas', 'core', 'infra', 'producers', 'processors', 'projections'),
    {
      name: 'a-processor-imports-no-other-processor',
      severity: 'error',
      from: { path: '^processors/([^/]+)/' },
      to: { path: '^processors/[^/]+/', pathNot: '^processors/($1|runtime)/' },
    },
    {
      name: 'a-producer-imports-no-other-producer',
      severity: 'error',
      from: { path: '^producers/([^/]+)/' },
      to: { path: '^producers/[^/]+/', pathNot: '^producers/($1|intake)/' },
    },
    {
      name: 'a-projection-imports-no-other-projection',
      severity: 'error',
      from: { path: '^projections/([^/]+)/' },
      to: { path: '^projections/[^/]+/', pathNot: '^projections/($1|runtime)/' },
    },
    {
      name: 'pure-files-do-no-io',
      severity: 'error',
      from: {
        path: '^core/|/(decide|evolve|state|map|match|place|ready|partition|backoff)\\.ts$',
        pathNot: '^core/dicom/transferSyntax',
      },
      to: { path: '^(infra)/|^(node:)?(fs|net|http|https|child_process|tls|worker_threads)(/|$)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^dist/' },
  },
}
