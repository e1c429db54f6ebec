import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AGENT_ACTIONS } from '../../../src/config/sections/lookups/platform-limits.js';
import { Validator } from '@seriousme/openapi-schema-validator';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onStage } from '../stage.js';
import { startDatadip } from '../../support/datadip-process.js';
import { declaration } from '../../support/declaration.js';
import { get } from '../../support/http.js';

const USAGE = 64;
const CANNOT_CREATE = 73;
const BAD_CONFIG = 78;
const BASE_URL = 'https://datadip.example.com/eu';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'datadip-command-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

async function run(
  command: string,
  args: readonly string[],
  more: { yaml?: string; env?: Record<string, string> } = {},
) {
  const { waitFor, entry } = { waitFor: 'exit', entry: `dist/cli/${command}.js` } as const;
  const ended = await startDatadip({ ...more, args, waitFor, entry });
  const { code } = await ended.exited;
  return { code, output: ended.output } satisfies CommandResult;
}

const actions = (...args: string[]) => run('data-actions', args);
const out = (...names: string[]): string => join(home, ...names);

describe('the command npm run data-actions', () => {
  const stage = onStage();

  it('writes the files that the routes serve, into a new directory, and exits with 0', async () => {
    const args = ['--base-url', BASE_URL, '--out', out('actions')];
    const { code, output } = await run('data-actions', args, { yaml: declaration(stage.origin.url) });
    expect([code, output]).toEqual([0, `7 Data Actions in ${out('actions')}`]);
    const names = await readdir(out('actions'));
    expect(names.sort()).toEqual(['customer', 'profile', ...AGENT_ACTIONS].map((name) => `${name}.custom.json`).sort());
    for (const name of names) {
      const { text } = await get(`${stage.app.url}/data-actions/${name}?baseUrl=${encodeURIComponent(BASE_URL)}`);
      expect(await readFile(out('actions', name), 'utf8')).toBe(text);
    }
  });

  it('writes the actions of the bundled file if no file is configured, and replaces only its own files', async () => {
    await writeFile(out('customer.custom.json'), 'old');
    await writeFile(out('notes.txt'), 'mine');
    expect((await actions('--base-url', BASE_URL, '--out', home)).code).toBe(0);
    const action = JSON.parse(await readFile(out('customer.custom.json'), 'utf8')) as { name: string };
    expect(action.name).toBe('Datadip - customer');
    expect(await readFile(out('notes.txt'), 'utf8')).toBe('mine');
    expect((await readdir(home)).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('accepts an http address only with --allow-http', async () => {
    const args = ['--base-url', 'http://127.0.0.1:3000', '--out', out('actions')];
    expect(await actions(...args)).toMatchObject({
      code: USAGE,
      output: expect.stringMatching(/must be https.*--allow-http/s),
    });
    expect(await readdir(home)).toEqual([]);
    expect(await actions(...args, '--allow-http')).toMatchObject({ code: 0 });
  });

  it.each([
    [[], /--base-url is missing.*usage: /s],
    [['--base-url', BASE_URL], /--out is missing.*usage: /s],
    [['--base-url', '', '--out', 'x'], /--base-url is missing/],
    [['--base-url', 'datadip.example.com', '--out', 'x'], /--base-url must be an address such as/],
    [['--base-url', `${BASE_URL}/..`, '--out', 'x'], /--base-url must be an address such as/],
    [['--base-url', `${BASE_URL}?key=1`, '--out', 'x'], /--base-url must be an address such as/],
    [['--base-url', `${BASE_URL}/\${x}`, '--out', 'x'], /--base-url must be an address such as/],
    [['--base-url', BASE_URL, '--base-url', BASE_URL, '--out', 'x'], /--base-url is given twice/],
    [['--base-url', BASE_URL, '--out', 'x', 'more'], /Unexpected argument.*usage: /s],
    [['--base', BASE_URL, '--out', 'x'], /Unknown option.*usage: /s],
  ])('rejects the arguments %j and prints what is wrong', async (args, words) => {
    expect(await actions(...args)).toMatchObject({ code: USAGE, output: expect.stringMatching(words) });
  });

  it('writes nothing and exits with 73 if it cannot write to every file of the target', async () => {
    await writeFile(out('file'), '');
    await mkdir(out('taken', 'profile.custom.json'), { recursive: true });
    for (const place of [out('file'), out('no', 'where'), '/proc/actions', out('taken')]) {
      const { code, output } = await actions('--base-url', BASE_URL, '--out', place);
      expect([place, code]).toEqual([place, CANNOT_CREATE]);
      expect(output).toMatch(/^data-actions: cannot write to /);
    }
    expect((await readdir(out('taken'))).filter((name) => name.includes('.part'))).toEqual([]);
    await chmod(out('taken'), 0o755);
  });

  it('changes no file if a directory has the name of one of its files', async () => {
    await writeFile(out('customer.custom.json'), 'old');
    await mkdir(out('profile.custom.json'));
    const { code, output } = await actions('--base-url', BASE_URL, '--out', home);
    expect([code, output]).toEqual([CANNOT_CREATE, expect.stringContaining('profile.custom.json exists')]);
    expect(await readFile(out('customer.custom.json'), 'utf8')).toBe('old');
    expect((await readdir(home)).sort()).toEqual(['customer.custom.json', 'profile.custom.json']);
  });

  it('reports an invalid declaration file in the words of the service', async () => {
    const yaml = declaration(stage.origin.url).replace('kind: phone', 'kind: telephone');
    const { code, output } = await run('data-actions', ['--base-url', BASE_URL, '--out', home], { yaml });
    expect(code).toBe(BAD_CONFIG);
    expect(output).toMatch(/lookups\.customer\.key\[0\]\.kind = "telephone": must be one of/);
    expect(await readdir(home)).toEqual([]);
  });
});

describe('the command npm run openapi', () => {
  it('writes a valid document without connecting to Redis or the system of record', async () => {
    const env = { REDIS_URL: 'redis://127.0.0.1:9', CRM_BASE_URL: 'http://127.0.0.1:9' };
    const { code, output } = await run('openapi', ['--out', out('api.json')], { env });
    expect([code, output]).toEqual([0, `OpenAPI in ${out('api.json')}`]);
    const document = JSON.parse(await readFile(out('api.json'), 'utf8')) as { openapi: string };
    expect(document.openapi).toBe('3.1.0');
    expect(await new Validator().validate(document as never)).toEqual({ valid: true });
  });

  it.each(['link', 'directory'])('does not replace a %s that has the name of the document', async (kind) => {
    await (kind === 'link' ? symlink('/dev/null', out('api.json')) : mkdir(out('api.json')));
    const { code, output } = await run('openapi', ['--out', out('api.json')]);
    expect([code, output]).toEqual([CANNOT_CREATE, expect.stringContaining(`${out('api.json')} exists`)]);
    expect((await lstat(out('api.json'))).isFile()).toBe(false);
    expect(await readdir(home)).toEqual(['api.json']);
  });

  it('exits with 73 if it cannot write, and with 64 for an unknown option', async () => {
    expect((await run('openapi', ['--out', out('no', 'where', 'api.json')])).code).toBe(CANNOT_CREATE);
    expect((await run('openapi', ['--to', 'x'])).code).toBe(USAGE);
  });
});
