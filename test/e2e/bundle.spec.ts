import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { declaration } from '../support/declaration.js';
import { get, post } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { aboutAda } from './stage.js';

const ROOT = resolve(import.meta.dirname, '../..');
const CHUNKS = join(ROOT, 'dist/chunks');
/** Writes the address of every file that the process loads to its error output. */
const LOADED_FILES = `
  import { registerHooks } from 'node:module';
  registerHooks({ load: (url, context, next) => {
    if (url.startsWith('file:')) process.stderr.write('loaded ' + url + '\\n');
    return next(url, context);
  } });`;

let origin: ScriptedOrigin;
let datadip: DatadipProcess | undefined;
beforeEach(async () => {
  origin = await startOrigin(aboutAda);
});
afterEach(async () => {
  await datadip?.stop();
  await origin.stop();
});

/** The files that the process has loaded, relative to the project. */
function loadedFiles({ output }: DatadipProcess): readonly string[] {
  return [...output.matchAll(/^loaded file:\/\/(.*)$/gm)].map(([, path = '']) => path.replace(`${ROOT}/`, ''));
}

describe('the bundle', () => {
  it('loads no file of a package and no compiled file besides the bundle to answer a dip', async () => {
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(LOADED_FILES)}`;
    datadip = await startDatadip({ yaml: declaration(origin.url), env: { NODE_OPTIONS } });
    const { json } = await post(`${datadip.url}/lookup/customer`, { ani: '15550017' });
    expect(json).toMatchObject({ contactFound: true, source: 'origin' });

    const files = loadedFiles(datadip);
    expect(files).toContain('dist/main.js');
    expect(files.filter((file) => !/^dist\/(main\.js|chunks\/)/.test(file))).toEqual([]);
    expect(files.filter((file) => /(swagger|database|tracing)/.test(file))).toEqual([]);

    // The code of the OpenAPI document is loaded by the first request for it.
    expect((await get(`${datadip.url}/docs-json`)).status).toBe(200);
    expect(loadedFiles(datadip).length).toBeGreaterThan(files.length);
  });

  it('validates the body of an event by its decorators', async () => {
    datadip = await startDatadip({ yaml: declaration(origin.url) });
    const url = `${datadip.url}/webhook/customer-updated`;
    const event = { customerId: 'c-17', tenantId: '10001', eventId: 'e-1' };
    expect((await post(url, event)).status).toBe(200);
    expect((await post(url, { ...event, critical: 'perhaps' })).status).toBe(400);
  });

  it('has a source map for every file, which names the sources of the product', () => {
    const names = readdirSync(CHUNKS).filter((name) => name.endsWith('.js'));
    const sources = names.flatMap(
      (name) => (JSON.parse(readFileSync(join(CHUNKS, `${name}.map`), 'utf8')) as { sources: string[] }).sources,
    );
    expect(sources.map((path) => path.replace(/^(\.\.\/)*/, ''))).toContain('src/cache/lookup-cache.ts');
  });

  it('comes with the licenses of its packages, and of no others', () => {
    const notices = readFileSync(join(ROOT, 'dist/THIRD-PARTY-NOTICES'), 'utf8');
    const titles = [...notices.matchAll(/^(\S+) \S+\nLicense: /gm)].map(([, name]) => name);
    expect(titles).toEqual(expect.arrayContaining(['@nestjs/core', 'express', 'ioredis', 'rxjs', 'zod']));
    expect(titles.filter((name) => name !== undefined && /^(jest|esbuild|typescript|pg)$/.test(name))).toEqual([]);
    expect(notices).toContain('Permission is hereby granted, free of charge');
  });

  it('names the source of an error with --enable-source-maps', async () => {
    const script = `
      process.env.PORT = 'none';
      Error.stackTraceLimit = 50;
      Object.defineProperty(process.stderr, 'write', { value: () => { console.log(new Error('seen').stack); return true; } });
      await import(${JSON.stringify(join(ROOT, 'dist/main.js'))});`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--enable-source-maps',
      '--input-type=module',
      '--eval',
      script,
    ]).catch((error: unknown) => error as { stdout: string });
    expect(stdout).toMatch(/src\/service\.ts:\d+:\d+/);
  });
});

describe('the compile cache', () => {
  it('is not needed: a process that may not write it starts without a word about it', async () => {
    const app = mkdtempSync(join(tmpdir(), 'datadip-bundle-'));
    try {
      cpSync(join(ROOT, 'dist'), join(app, 'dist'), { recursive: true });
      cpSync(join(ROOT, 'package.json'), join(app, 'package.json'));
      symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'));
      rmSync(join(app, 'dist/.compile-cache'), { recursive: true, force: true });
      // Even root cannot create a folder in the place of a file.
      cpSync(join(ROOT, 'package.json'), join(app, 'dist/.compile-cache'));
      datadip = await startDatadip({ yaml: declaration(origin.url), entry: join(app, 'dist/main.js') });
      expect((await get(`${datadip.url}/health/ready`)).status).toBe(200);
      expect(datadip.output).not.toMatch(/compile.cache/i);
    } finally {
      await datadip?.stop();
      datadip = undefined;
      rmSync(app, { recursive: true });
    }
  });
});
