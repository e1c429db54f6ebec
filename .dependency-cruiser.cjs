/**
 * The layout of the house as rules: kernel <- config, contracts <- platform <- cache, shedding <- modules <- the top.
 * A file imports from its own folder and from folders below. Types count: an import that is erased still binds its reader.
 */

const TOP = '^src/[^/]+\\.ts$';

/** Describes the routes of a feature, next to its controllers. */
const ROUTE_DESCRIPTION = '^src/modules/[^/]+/[^/]+\\.openapi\\.ts$';

/** A folder of src may import itself and these; each line of the table is one rule. */
const LAYERS = [
  [
    'kernel',
    [],
    'It is plain TypeScript that knows nothing of the product: pass in what it needs, or move the file up.',
  ],
  [
    'config',
    ['kernel'],
    'Move the shared type into contracts/ or kernel/ only if config does not own it; otherwise keep it here.',
  ],
  [
    'contracts',
    ['kernel', 'config'],
    'Types that features share stand alone: declare the shape here, and let its owner import it from here.',
  ],
  [
    'platform',
    ['kernel', 'config', 'contracts'],
    'It wraps the outside world and does not know the business: take a callback, an event or a port from contracts/.',
  ],
  [
    'messaging',
    ['kernel', 'config', 'contracts', 'platform'],
    'It carries events and does not know who publishes or handles them: declare the event in contracts/.',
  ],
  [
    'origins',
    ['kernel', 'config', 'contracts', 'platform', 'messaging'],
    'It calls systems of record and does not know the cache: let a module connect the two.',
  ],
  [
    'cache',
    ['kernel', 'config', 'contracts', 'platform', 'messaging'],
    'It does not know who uses it, nor origins, nor shedding: pass a loader in, or let a module connect them.',
  ],
  [
    'shedding',
    ['kernel', 'config', 'contracts', 'platform', 'messaging', 'origins', 'cache'],
    'It decides without knowing what the request asks for: declare the shared type in contracts/.',
  ],
  [
    'vendors',
    ['kernel', 'config', 'contracts', 'platform', 'messaging', 'origins'],
    'It translates between the words of a vendor and ours: what acts on them belongs into a module.',
  ],
  [
    'modules',
    ['kernel', 'config', 'contracts', 'platform', 'messaging', 'origins', 'cache', 'shedding', 'vendors'],
    'Only the files at the top of src/, startup/ and warmup/ see everything: inject what the feature needs from there.',
  ],
];

const layerRules = LAYERS.map(([folder, below, mend]) => ({
  name: `${folder}-looks-down-only`,
  comment: `${folder}/ may import ${['itself', ...below].join(', ')}. ${mend}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...below].join('|')})/` },
}));

/** `internal/` belongs to the folder it is in. Folders of src have features one level further down, so there are two depths. */
const PRIVATE =
  'Import what stands at the top of that folder; if it is missing there, the owner adds it, or the file is not internal.';

const privacyRules = [
  {
    name: 'internal-is-private-to-its-folder',
    comment: PRIVATE,
    severity: 'error',
    from: { path: '^src/([^/]+)' },
    to: { path: '^src/[^/]+/internal/', pathNot: '^src/$1/internal/' },
  },
  {
    name: 'internal-is-private-to-its-feature',
    comment: PRIVATE,
    severity: 'error',
    from: { path: '^src/([^/]+/[^/]+)' },
    to: { path: '^src/[^/]+/[^/]+/internal/', pathNot: '^src/$1/internal/' },
  },
  {
    name: 'internal-is-private-from-the-top',
    comment: PRIVATE,
    severity: 'error',
    from: { path: TOP },
    to: { path: '^src/.+/internal/' },
  },
];

module.exports = {
  forbidden: [
    ...layerRules,
    ...privacyRules,
    {
      name: 'features-meet-in-contracts',
      comment:
        'A feature imports no other feature, except the guard and the scope decorator of auth. Put the shared word into contracts/, ' +
        'publish an event, or move what both need down into platform/.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)' },
      to: {
        path: '^src/modules/',
        pathNot: ['^src/modules/$1(/|$)', '^src/modules/auth/[^/]+\\.(guard|decorator)\\.ts$', ROUTE_DESCRIPTION],
      },
    },
    {
      name: 'only-api-docs-collects-descriptions',
      comment:
        'A file `*.openapi.ts` describes routes for the API document, and api-docs alone imports it from other features. Put what a feature ' +
        'needs of it into contracts/.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)', pathNot: '^src/modules/api-docs/' },
      to: { path: ROUTE_DESCRIPTION, pathNot: '^src/modules/$1/' },
    },
    {
      name: 'commands-are-imported-by-nobody',
      comment:
        'A command is an entry like main.ts: what the service needs of it belongs below, and the command imports it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'sandbox-is-imported-by-nobody',
      comment: 'The sandbox is another program. Start it as a process and talk to it over HTTP.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/sandbox/' },
      to: { path: '^src/sandbox/' },
    },
    {
      name: 'sandbox-imports-nothing-of-ours',
      comment:
        'It stands in for somebody else’s system, so it shares no code with us: write the few lines again inside sandbox/.',
      severity: 'error',
      from: { path: '^src/sandbox/' },
      to: { path: '^src/', pathNot: '^src/sandbox/' },
    },
    {
      name: 'kernel-does-no-io',
      comment:
        'Let the caller do the reading and the waiting, and give the kernel the result. The file may belong into platform/.',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(fs|net|tls|http|https|http2|dns|dgram|child_process|worker_threads)',
      },
    },
    {
      name: 'kernel-needs-no-package',
      comment:
        'The kernel is plain TypeScript, without Nest or any other package: wrap the package one layer further up.',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'no-cycles',
      comment: 'Take what both files need into a third one below them, types included, or hand it in as an argument.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'product-without-tests',
      comment: 'The product runs without its tests and benchmarks: move what it needs into src/.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-orphans',
      comment: 'Nobody imports this file and it imports nobody: use it or delete it.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/(main|sandbox/main)\\.ts$|\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'product-without-dev-dependencies',
      comment: 'It will be missing in production: move the package to "dependencies", or do without it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'declared-packages-only',
      comment: 'It is installed by accident, through another package: add it to package.json, or do without it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'everything-resolves',
      comment: 'No such file: correct the path. Imports of local files end in ".js".',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    combinedDependencies: false,
  },
};
