/**
 * The direction of imports as rules. A file imports from its own folder and from the folders that
 * `LAYERS` lists for it. Type imports count as well: the compiler erases them, and the dependency
 * stays. ADR 38 gives the reasons.
 *
 * The folders startup, cli and sandbox, and the files at the top of src, have no line in `LAYERS`.
 * No layer may import them. The sandbox is a separate program and may import no layer. startup,
 * cli and the files at the top of src may import every layer.
 */

const { readdirSync } = require('node:fs');
const { join } = require('node:path');

/** Describes the routes of a feature, next to its controllers. */
const ROUTE_DESCRIPTION = '^src/modules/[^/]+/[^/]+\\.openapi\\.ts$';

/**
 * Each line is one rule: the folder, the other folders it may import, and how to correct a
 * violation. This table is the only list of the layers.
 */
const LAYERS = [
  [
    'kernel',
    [],
    'It is plain TypeScript that knows nothing of the product: pass in what it needs, or move the file up.',
  ],
  ['expressions', ['kernel'], 'It evaluates JSONata and does not know what for: pass in what it needs.'],
  [
    'config',
    ['kernel', 'expressions'],
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
    'It wraps the outside world and does not know the product: take a callback, an event or a port from contracts/.',
  ],
  [
    'messaging',
    ['kernel', 'config', 'contracts', 'platform'],
    'It carries events and does not know their publishers and handlers: declare the event in messaging/events.ts.',
  ],
  [
    'origins',
    ['kernel', 'config', 'contracts', 'platform', 'messaging'],
    'It calls systems of record and does not know the cache: let a module connect the two.',
  ],
  [
    'cache',
    ['kernel', 'config', 'contracts', 'platform', 'messaging'],
    'It knows neither its users nor origins nor shedding: pass a loader in, or let a module connect them.',
  ],
  [
    'warmup',
    ['kernel', 'config', 'contracts', 'platform', 'messaging', 'cache'],
    'It warms up code that others own: pass in what it needs from a module, as main.ts does.',
  ],
  [
    'shedding',
    ['kernel', 'config', 'contracts', 'platform', 'messaging', 'origins', 'cache'],
    'It decides without knowing what the request asks for: declare the shared type in contracts/.',
  ],
  [
    'vendors',
    ['kernel', 'config', 'contracts', 'platform', 'messaging', 'origins'],
    'It translates between the words of a vendor and ours: code that acts on them belongs into a module.',
  ],
  [
    'regions',
    ['kernel', 'config', 'contracts', 'platform', 'messaging', 'cache'],
    'It applies what other regions report and does not know the features: let a module register a handler.',
  ],
  [
    'modules',
    [
      'kernel',
      'expressions',
      'config',
      'contracts',
      'platform',
      'messaging',
      'origins',
      'cache',
      'warmup',
      'shedding',
      'vendors',
      'regions',
    ],
    'Only startup/, cli/ and the files at the top of src/ may import everything: inject what the feature needs.',
  ],
];

const layerRules = LAYERS.map(([folder, below, mend]) => ({
  name: `${folder}-looks-down-only`,
  comment: `${folder}/ may import ${['itself', ...below].join(', ')}. ${mend}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...below].join('|')})/` },
}));

/** The folders under `folder` that have an `internal/`, at any depth. */
function ownersOfInternal(folder) {
  const folders = readdirSync(join(__dirname, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => (name === 'internal' ? [folder] : ownersOfInternal(`${folder}/${name}`)));
}

/** Every file under the folder that contains `internal/` may import from it. */
const privacyRules = ownersOfInternal('src').map((owner) => ({
  name: `${owner.replaceAll('/', '-')}-internal-is-private`,
  comment:
    `Only files under ${owner}/ may import ${owner}/internal/. Import a file at the top of ${owner}/. If it lacks what you ` +
    'need, add it there, or move the file out of internal/.',
  severity: 'error',
  from: { path: '^src/', pathNot: `^${owner}/` },
  to: { path: `^${owner}/internal/` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...privacyRules,
    {
      name: 'features-meet-in-contracts',
      comment:
        'A feature imports no other feature, except the guards and decorators of auth. Put the shared type into contracts/, ' +
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
        'A file `*.openapi.ts` describes routes for the API document, and only api-docs imports it from another feature. Put the shared ' +
        'part into contracts/.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)', pathNot: '^src/modules/api-docs/' },
      to: { path: ROUTE_DESCRIPTION, pathNot: '^src/modules/$1/' },
    },
    {
      name: 'no-import-of-commands',
      comment:
        'A command is an entry point like main.ts. Move code that the service needs too into a layer below, and import it from both.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'no-import-of-the-sandbox',
      comment: 'The sandbox is another program. Start it as a process and talk to it over HTTP.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/sandbox/' },
      to: { path: '^src/sandbox/' },
    },
    {
      name: 'sandbox-is-separate',
      comment:
        'The sandbox simulates systems of other vendors, so it shares no code with Datadip: write the few lines again in sandbox/.',
      severity: 'error',
      from: { path: '^src/sandbox/' },
      to: { path: '^src/', pathNot: '^src/sandbox/' },
    },
    {
      name: 'kernel-does-no-io',
      comment: 'Let the caller do the I/O and pass the result to the kernel. Or move the file into platform/.',
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
        'The kernel is plain TypeScript, without Nest or any other package: use the package in a layer above, and pass in the result.',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'no-cycles',
      comment: 'Move the code or types that both files need into a third file below them, or pass them as an argument.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'product-without-tests',
      comment: 'The product runs without its tests and benchmarks: move the code that it needs into src/.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-orphans',
      comment: 'No file imports this file, and it imports no file: use it or delete it.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/(main|sandbox/main)\\.ts$|\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'product-without-dev-dependencies',
      comment: 'The package is not installed in production: move it to "dependencies", or do without it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'declared-packages-only',
      comment:
        'The package is installed only because another package needs it: add it to package.json, or do without it.',
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
