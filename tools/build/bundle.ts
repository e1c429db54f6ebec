/**
 * Replaces `dist/main.js` with a bundle of the compiled files and of the packages that they load.
 *
 *   node tools/build/bundle.ts
 *
 * The bundle is made of the compiler's output, because only the compiler writes the metadata of
 * decorators. The compiled files stay where they are: threads, commands and tests load them, and
 * scripts, pages and YAML files are read from their folders.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { thirdPartyNotices } from './notices.ts';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');
/** Below `DIST`. Every file of the bundle except `main.js` is in this folder. */
const CHUNKS = 'chunks';

/** Packages that a package of production loads only if they are installed. They are not. */
const NOT_INSTALLED = [
  '@nestjs/microservices',
  '@nestjs/websockets',
  '@fastify/static',
  '@fastify/view',
  '@nestjs/axios',
  '@nestjs/mongoose',
  '@nestjs/sequelize',
  '@nestjs/typeorm',
  '@mikro-orm/core',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  'typescript',
  'mongoose',
  'sequelize',
  'typeorm',
  'pg-native',
];
/** Packages whose files are read by their path, or that only some deployments load. */
const LOADED_FROM_THEIR_FOLDER = ['swagger-ui-dist', 'uplot', '@platformatic/kafka', 'pg', 'mysql2'];

/** A compiled file finds its scripts and pages by its own place, not by that of the bundle. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup: (bundle) => {
    bundle.onLoad({ filter: /\/dist\/.*\.js$/ }, async ({ path }) => {
      if (!path.startsWith(DIST)) return undefined;
      const text = await readFile(path, 'utf8');
      const place = `new URL('../${relative(DIST, path)}', import.meta.url).href`;
      return { contents: text.replaceAll('import.meta.url', place), loader: 'js' };
    });
  },
};

/**
 * Imports of `node:http` become `require`. An import copies every export of the module, and one of
 * them loads Node's client for `fetch`: 25 ms that no start needs.
 */
const httpByRequire: Plugin = {
  name: 'http-by-require',
  setup: (bundle) => {
    bundle.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'http', namespace: 'http-by-require' } : undefined,
    );
    bundle.onLoad({ filter: /./, namespace: 'http-by-require' }, () => ({
      contents: "module.exports = process.getBuiltinModule('node:http');",
    }));
  },
};

const { metafile } = await build({
  absWorkingDir: DIST,
  entryPoints: ['main.js'],
  outdir: '.',
  allowOverwrite: true,
  chunkNames: `${CHUNKS}/[name]-[hash]`,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  external: [...NOT_INSTALLED, ...LOADED_FROM_THEIR_FOLDER].flatMap((name) => [name, `${name}/*`]),
  // Packages of the older module system load Node's own modules with `require`.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module';const require = requireOf(import.meta.url);",
  },
  plugins: [ownPlaces, httpByRequire],
  logLevel: 'warning',
});

/**
 * Packages of the older module system that may be loaded with `import()`. No code uses exports of
 * the first one. Nest loads the others unless its users pass them, as `validation-pipe.ts` does.
 */
const NEED_NO_NAMES = /node_modules\/(reflect-metadata|class-validator|class-transformer)\//;
const broken = Object.values(metafile.outputs)
  .filter(({ entryPoint = '', exports }) => entryPoint !== 'main.js' && exports.join() === 'default')
  .filter(({ entryPoint = '' }) => !NEED_NO_NAMES.test(entryPoint));
if (broken.length > 0)
  throw new Error(
    `import() of these files gets no named exports in a bundle: ${broken.map(({ entryPoint }) => entryPoint).join(', ')}. Import them statically, or add their package to LOADED_FROM_THEIR_FOLDER`,
  );

/** A file that lost all of its code to tree shaking is not in the bundle. */
const bundled = Object.values(metafile.outputs)
  .flatMap(({ inputs }) => Object.entries(inputs))
  .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  .map(([file]) => join(DIST, file));
await writeFile(join(DIST, 'THIRD-PARTY-NOTICES'), thirdPartyNotices(bundled));
