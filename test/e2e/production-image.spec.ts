import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bounded } from '../support/bounded.js';
import { declaration } from '../support/declaration.js';
import { Dockerfile } from '../support/dockerfile.js';
import { eventually } from '../support/eventually.js';
import { get, post } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { OwnedProcess } from '../support/owned-process.js';
import { freePort } from '../support/private-port.js';

/** The steps of the Dockerfile without Docker: the same commands, as the same user. */
const ROOT = resolve(import.meta.dirname, '../..');
const IMAGE = new Dockerfile();
const KEY = 'a-key-of-the-production-image';
const MAX_BYTES = 60e6;
const STEP_WITHIN_MS = 60_000;
/** Only root can become another user. Otherwise the steps run as the present user. */
const IS_ROOT = process.getuid?.() === 0;
const AS_USER = IS_ROOT ? ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'] : [];

let scratch: string;
let app: string;
let origin: ScriptedOrigin;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'datadip-image-'));
  chmodSync(scratch, 0o755);
  app = join(scratch, 'app');
  linkNode();
  origin = await startOrigin(() => ({ results: [{ id: 'c-17', accountTier: 'Enterprise' }] }));
  await run([process.execPath, join(ROOT, 'deploy/image/install.ts'), app], { PATH: process.env.PATH ?? '' });
  mkdirSync(cacheFolder());
  if (IS_ROOT) chownSync(cacheFolder(), 1000, 1000);
  const [fill = ''] = IMAGE.all('RUN').filter((text) => text.includes('dist/main.js'));
  await run([...AS_USER, 'sh', '-c', fill]);
  // The root file system of a pod is read-only.
  await run(['chmod', '-R', 'a-w', app], { PATH: process.env.PATH ?? '' });
}, STEP_WITHIN_MS);
afterAll(async () => {
  await origin.stop();
  await run(['chmod', '-R', 'u+w', app], { PATH: process.env.PATH ?? '' });
  rmSync(scratch, { recursive: true });
});

const cacheFolder = () => join(app, '.compile-cache');

/** The user of the image may not be able to read the folder of the pinned Node. */
function linkNode(): void {
  const node = join(scratch, 'node');
  try {
    linkSync(process.execPath, node);
  } catch {
    copyFileSync(process.execPath, node);
  }
}

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: `${scratch}:${process.env.PATH ?? ''}`, ...IMAGE.env, NODE_COMPILE_CACHE: cacheFolder(), ...more };
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a command in the folder of the image, and throws if it fails. */
async function run(command: readonly string[], env = environment()): Promise<Ended> {
  const ended = await ran(command, env);
  if (ended.code !== 0) throw new Error(`${command.join(' ')} ended with ${ended.code}:\n${ended.output}`);
  return ended;
}

function ran([command = '', ...args]: readonly string[], env: Record<string, string>): Promise<Ended> {
  const cwd = existsSync(app) ? app : ROOT;
  return new Promise((done) => {
    execFile(command, args, { cwd, env, timeout: STEP_WITHIN_MS }, (failure, output, errors) => {
      done({ code: failure === null ? 0 : Number(failure.code ?? 1), output: `${output}${errors}` });
    });
  });
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function started(port: number): OwnedProcess {
  const dir = mkdtempSync(join(tmpdir(), 'datadip-image-run-'));
  const file = join(scratch, 'datadip.yaml');
  const callers = { flow: { apiKeys: [KEY], tenants: ['10001'], scopes: ['lookup', 'operate'] } };
  writeFileSync(file, declaration(origin.url, { callers }));
  const settings = { DATADIP_CONFIG: file, KEY_SECRET: 'a-secret-of-more-than-32-characters', PORT: String(port) };
  const [command = '', ...args] = [...AS_USER, ...IMAGE.command];
  const env = environment({ ...settings, HOST: '127.0.0.1', DRAIN_DELAY_MS: '0', NODE_DEBUG_NATIVE: 'COMPILE_CACHE' });
  return new OwnedProcess(command, args, { scratch: dir, cwd: app, env, output: 'pipe' });
}

describe('what the image holds', () => {
  it('has fewer than 60 MB, without TypeScript, declarations and source maps of packages', () => {
    const files = filesIn(app).filter((file) => !file.startsWith(cacheFolder()));
    expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(MAX_BYTES);
    const isOfBundle = (file: string): boolean => file.startsWith(join(app, 'dist/chunks'));
    expect(files.filter((file) => /\.(map|d\.ts)$/.test(file) && !isOfBundle(file))).toEqual([]);
    expect(existsSync(join(app, 'node_modules/typescript'))).toBe(false);
    expect(existsSync(join(app, 'node_modules/jest'))).toBe(false);
  });

  it('can load every package that production declares', async () => {
    const load = `
      const { dependencies } = JSON.parse(require('node:fs').readFileSync('package.json', 'utf8'));
      Promise.all(Object.keys(dependencies).map((name) => import(name))).then((all) => console.log(all.length));`;
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object };
    const { output } = await run([...AS_USER, 'node', '-e', load]);
    expect(output.trim()).toBe(String(Object.keys(dependencies).length));
  });

  it('keeps the licenses of its packages', () => {
    for (const name of ['rxjs', 'express', 'swagger-ui-dist'])
      expect(readdirSync(join(app, 'node_modules', name)).filter((file) => /licen[cs]e/i.test(file))).not.toEqual([]);
  });
});

describe('the Dockerfile', () => {
  it('runs in production, as the user 1000, and does not open the inspector on a signal', () => {
    expect(IMAGE.env.NODE_ENV).toBe('production');
    expect(IMAGE.all('USER')).toEqual(['1000']);
    expect(IMAGE.command).toEqual(['node', '--disable-sigusr1', 'dist/main.js']);
  });

  it('starts from a base that a build can pin by its digest', () => {
    expect(IMAGE.all('FROM')).toEqual(['${NODE_IMAGE}']);
  });
});

describe('a process of the image', () => {
  it(
    'reads its compile cache from a read-only file system, answers a dip, shows its pages, passes its health check, and stops',
    async () => {
      const port = await freePort();
      const datadip = started(port);
      let output = '';
      for (const stream of datadip.outputs) stream.on('data', (piece: Buffer) => (output += piece.toString()));
      try {
        const url = `http://127.0.0.1:${port}`;
        const ready = async () => expect((await get(`${url}/health/ready`)).status).toBe(200);
        await eventually(ready, { withinMs: STEP_WITHIN_MS }).catch((error: unknown) => {
          throw new Error(output, { cause: error });
        });
        const { json } = await post(`${url}/lookup/customer`, { ani: '+15550017' }, { 'x-api-key': KEY });
        expect(json).toMatchObject({ contactFound: true, customerId: 'c-17', tier: 'Enterprise', source: 'origin' });

        // The pages need files of the libraries that draw them.
        for (const path of [
          'docs',
          'docs-json',
          'docs/swagger-ui-bundle.js',
          'ops',
          'ops/uPlot.iife.min.js',
          'metrics',
        ])
          expect([path, (await get(`${url}/${path}`, { 'x-api-key': KEY })).status]).toEqual([path, 200]);

        const [read, failed] = [/cache for .* was accepted/g, /Cannot create cache directory/g].map(
          (text) => output.match(text)?.length ?? 0,
        );
        expect(failed).toBe(0);
        expect(read).toBeGreaterThan(10);
        expect(output).toMatch(/cache for ESM \S+chunks\/service-\w+\.js was accepted/);

        const probe = [...AS_USER, ...IMAGE.healthCheck];
        expect((await ran(probe, environment({ PORT: String(port) }))).code).toBe(0);
        expect((await ran(probe, environment({ PORT: '9' }))).code).toBe(1);

        datadip.signal('SIGUSR1');
        datadip.signal('SIGTERM');
        expect(await bounded(datadip.exited, STEP_WITHIN_MS, 'the end')).toEqual({ code: 0, signal: null });
        expect(output).not.toContain('Debugger listening');
      } finally {
        await datadip.kill();
      }
    },
    STEP_WITHIN_MS,
  );
});
