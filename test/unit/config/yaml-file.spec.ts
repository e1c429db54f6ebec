/** This file exceeds 220 lines because it lists each kind of faulty file with its error. */

import { describe, expect, it } from '@jest/globals';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { loadConfig } from '../../../src/config/load-config.js';
import { DEVELOPMENT, edited, FULL, httpSystemOf, lineOf, loadText, NAMES } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

function onlyProblem(content: string | Uint8Array) {
  const found = kindsOf(() => loadText(content));
  expect(found).toHaveLength(1);
  return found[0];
}

describe('a file that cannot be read', () => {
  it('is the fault of the variable that names it', () => {
    const file = join(tmpdir(), 'datadip-no-such.yaml');
    const kind = `unreadable: no such file: ${file}`;
    const problem = { source: 'environment', key: 'DATADIP_CONFIG', kind };
    expect(kindsOf(() => loadConfig({ ...DEVELOPMENT, DATADIP_CONFIG: file }))).toEqual([
      { ...problem, value: JSON.stringify(file) },
    ]);
    const near = relative(process.cwd(), file);
    expect(kindsOf(() => loadConfig({ ...DEVELOPMENT, DATADIP_CONFIG: near }))).toEqual([
      { ...problem, value: JSON.stringify(near) },
    ]);
  });

  it.each([
    [tmpdir(), 'it is a directory'],
    ['a\0b', 'ERR_INVALID_ARG_VALUE'],
  ])('says why: %j', (file, why) => {
    const [problem] = kindsOf(() => loadConfig({ ...DEVELOPMENT, DATADIP_CONFIG: file }));
    expect(problem?.kind).toContain(`unreadable: ${why}`);
  });

  it.each([
    ['', 'empty file'],
    ['# nothing yet\n', 'empty file'],
    ['---\n', 'not a map'],
    ['- a\n', 'not a map'],
    ['datadip', 'not a map'],
  ])('says what it is instead: %j', (text, kind) => {
    expect(onlyProblem(text)).toMatchObject({ source: 'datadip.yaml', key: '', kind });
  });

  it('is one in another encoding', () => {
    const kind = 'not UTF-8';
    expect(onlyProblem(Buffer.from(FULL.replace('Resolve', 'Résoudre'), 'latin1'))).toMatchObject({ key: '', kind });
    expect(onlyProblem(Buffer.from(`\uFEFF${FULL}`, 'utf16le'))).toMatchObject({ key: '', kind });
  });

  it('is not one with a mark of its byte order', () => {
    expect(loadText(`\uFEFF${FULL}`).lookups.size).toBe(2);
  });
});

describe('the syntax of the file', () => {
  it.each([
    ['timeoutMs: 1500', 'timeoutMs: 1500: 2', 'Nested mappings are not allowed in compact mappings'],
    ['timeoutMs: 1500', 'timeoutMs: "1500', 'Missing closing "quote'],
    ['    timeoutMs: 1500', '\ttimeoutMs: 1500', 'Tabs are not allowed as indentation'],
    ['timeoutMs: 1500', 'timeoutMs: !seconds 1', 'Unresolved tag'],
  ])('is reported at the place of the mistake: "%s" as "%s"', (passage, instead, why) => {
    const text = edited(passage, instead);
    expect(kindsOf(() => loadText(text)).map(({ kind }) => kind)).toContain(`not YAML: ${why}`);
  });

  it('is reported by line', () => {
    const text = edited('      record: results[0]', '      record: results[0]: x');
    expect(onlyProblem(text)).toMatchObject({ line: lineOf(text, 'record: results'), key: '' });
  });

  it('is reported at every mistake', () => {
    const text = edited('record: results[0]', 'record: a: b').replace('path: /search', 'path: c: d');
    const lines = kindsOf(() => loadText(text)).map(({ line }) => line);
    expect(lines).toEqual([lineOf(text, 'record: a'), lineOf(text, 'path: c')]);
  });

  it('is reported without the text of the file, which may be a secret', () => {
    const text = edited('architect-second ]', 'architect-second ] secret-1');
    expect(JSON.stringify(kindsOf(() => loadText(text)))).not.toContain('secret-1');
  });

  it('is one document', () => {
    const [problem] = kindsOf(() => loadText(`${FULL}---\nsystems: {}\n`));
    expect(problem?.kind).toMatch(/^not YAML: .*multiple documents/);
  });

  it('does not bring the process down, however deep it goes', () => {
    expect(kindsOf(() => loadText('['.repeat(20_000))).length).toBeGreaterThan(0);
    const deep = `systems: ${'['.repeat(100)}${']'.repeat(100)}`;
    expect(kindsOf(() => loadText(deep)).map(({ kind }) => kind)).toContain('nested too deeply: 32 levels');
  });
});

describe('a key', () => {
  it('stands in a map once', () => {
    const text = edited('timeoutMs: 1500', 'timeoutMs: 1500\n    timeoutMs: 2500');
    const line = lineOf(text, 'timeoutMs: 2500');
    const kind = 'repeated';
    expect(onlyProblem(text)).toEqual({ source: 'datadip.yaml', line, key: 'systems.crm.timeoutMs', kind });
  });

  it('of a lookup stands in the file once', () => {
    const text = edited('  search:\n', '  customer:\n');
    expect(onlyProblem(text)).toMatchObject({
      line: lineOf(text, '  customer:\n    key:\n      - { input: customerId'),
    });
  });

  it.each(['? [ a ]\n: 1\n', '? { a: 1 }\n: 1\n', '? \n: 1\n'])('is a name: %j', (pair) => {
    const problem = { line: lineOf(`${FULL}${pair}`, pair), key: '', kind: 'key not text' };
    expect(onlyProblem(`${FULL}${pair}`)).toMatchObject(problem);
  });

  it('may look like a word of YAML', () => {
    const fields = loadText(
      edited('in: { type: string }', 'no: { type: string, from: a }\n      true: { type: string, from: b }'),
    );
    expect([...(fields.lookups.get('search')?.fields.keys() ?? [])]).toEqual(['no', 'true', 'in-arrears']);
  });

  it.each(['toString', 'constructor', 'hasOwnProperty'])('may be called what every object has: %s', (name) => {
    const config = loadText(edited('  search:\n', `  ${name}:\n`));
    expect(config.lookups.get(name)?.name).toBe(name);
  });

  it('cannot be __proto__', () => {
    const text = `${FULL}__proto__: { systems: {} }\n`;
    expect(onlyProblem(text)).toMatchObject({
      key: '__proto__',
      line: lineOf(text, '__proto__'),
      kind: 'forbidden name',
    });
  });
});

describe('an alias', () => {
  const CACHE = 'cache: { ttlMs: 1000, staleMs: 2000, notFoundTtlMs: 3000, nearTtlMs: 4000 }';

  /** Both lookups age alike, as the first of them says. */
  function shared(cache: string): string {
    return edited(
      '    fields:\n      in:',
      '    cache: *short\n    fields:\n      in:',
      edited(CACHE, `cache: &short ${cache}`),
    );
  }

  it('stands for what its anchor marks', () => {
    expect(loadText(shared('{ ttlMs: 10 }')).lookups.get('search')?.cache.ttlMs).toBe(10);
  });

  it('is judged where it stands, by the line that is to be mended', () => {
    const text = shared('{ ttlMs: 0 }');
    const found = kindsOf(() => loadText(text)).map(({ line, key }) => ({ line, key }));
    const line = lineOf(text, '&short');
    expect(found).toEqual(['customer', 'search'].map((name) => ({ line, key: `lookups.${name}.cache.ttlMs` })));
  });

  it('needs an anchor above it', () => {
    const text = edited(CACHE, 'cache: *nothing');
    const kind = 'alias without anchor';
    expect(onlyProblem(text)).toMatchObject({ line: lineOf(text, '*nothing'), key: 'lookups.customer.cache', kind });
  });

  it('cannot stand inside its own anchor', () => {
    const text = edited(CACHE, 'cache: &itself { ttlMs: *itself }');
    const key = 'lookups.customer.cache.ttlMs';
    expect(onlyProblem(text)).toMatchObject({
      line: lineOf(text, '&itself'),
      key,
      kind: 'alias of itself',
    });
  });

  it('cannot make a small file endless', () => {
    const levels = Array.from(
      { length: 20 },
      (_, at) => `l${at + 1}: &l${at + 1} [${Array(9).fill(`*l${at}`).join(', ')}]`,
    );
    const text = `l0: &l0 [x]\n${levels.join('\n')}\n`;
    const kinds = kindsOf(() => loadText(text)).map(({ kind }) => kind);
    expect(kinds).toContain('aliases too large: 100000');
  });
});

describe('${NAME}', () => {
  it('is filled in wherever a value stands, several in one value too, quoted or not', () => {
    const text = edited('baseUrl: http://billing.example.com', 'baseUrl: "${SCHEME}://${HOST_NAME}:${PORT_NUMBER}"');
    const env = { ...NAMES, SCHEME: 'http', HOST_NAME: 'billing', PORT_NUMBER: '81' };
    expect(httpSystemOf(loadText(text, env), 'billing').baseUrl).toBe('http://billing:81');
  });

  it.each(['maxPerSecond: ${MAX}', 'maxPerSecond: "${MAX}"'])('is a number where one is wanted: %s', (limit) => {
    const config = loadText(edited('maxPerSecond: 200', limit), { ...NAMES, MAX: '77' });
    expect(config.systems.get('crm')?.limits.maxPerSecond).toBe(77);
  });

  it.each([
    [
      'maxPerSecond: 200',
      'maxPerSecond: ${MAX}',
      'systems.crm.limits.maxPerSecond',
      'not a whole number: 1 to 1000000',
    ],
    ['adaptive: true', 'adaptive: ${MAX}', 'systems.crm.limits.adaptive', 'not a flag'],
    ['priority: desktop', 'priority: ${MAX}', 'lookups.customer.priority', 'unknown word: ivr, desktop, background'],
  ])('is refused without being printed where "%s" is "%s"', (passage, instead, key, kind) => {
    const text = edited(passage, instead);
    const found = kindsOf(() => loadText(text, { ...NAMES, MAX: 'a-hidden-value' }));
    expect(found).toEqual([{ source: 'datadip.yaml', line: lineOf(text, instead), key, kind }]);
  });

  it('is not printed by the parser of expressions either', () => {
    const text = edited('record: results[0]', 'record: ${RECORD}');
    const found = kindsOf(() => loadText(text, { ...NAMES, RECORD: 'a hidden value' }));
    expect(found).toMatchObject([{ key: 'lookups.customer.origin.record', kind: 'not an expression' }]);
  });

  it('stays text where text is wanted, whatever it looks like', () => {
    const config = loadText(FULL, { ...NAMES, CRM_TOKEN: '12345' });
    expect(config.systems.get('crm')?.auth).toEqual({ type: 'bearer', token: '12345' });
  });

  it('is not looked at again once it is filled in, and cannot become syntax', () => {
    const odd = '${WEBHOOK_SECRET}", x: *y # {';
    expect(loadText(FULL, { ...NAMES, CRM_TOKEN: odd }).systems.get('crm')?.auth).toEqual({
      type: 'bearer',
      token: odd,
    });
  });

  it.each([undefined, ''])('is missed where the environment has %j, and only that is said about the place', (value) => {
    const text = edited('record: results[0]', 'record: ${FIRST}.${SECOND}.${FIRST}');
    const found = kindsOf(() => loadText(text, { ...NAMES, SECOND: value }));
    const problem = { source: 'datadip.yaml', line: lineOf(text, '${FIRST}'), key: 'lookups.customer.origin.record' };
    expect(found).toEqual([
      { ...problem, kind: 'variable not set: FIRST' },
      { ...problem, kind: 'variable not set: SECOND' },
    ]);
  });

  it('is missed in no comment', () => {
    expect(loadText(`# \${NOTHING}\n${FULL}`).lookups.size).toBe(2);
  });

  it('is filled in no key', () => {
    const text = edited('timeoutMs: 1500', '"${CRM_TOKEN}": 1500');
    expect(onlyProblem(text)).toMatchObject({ line: lineOf(text, '1500'), key: 'systems.crm["${CRM_TOKEN}"]' });
  });

  it.each(['$lookup({"a": "b"}, c)', '$', '${"a": 1}', '{ "a": $sum(b) }'])('does not change JSONata: %s', (record) => {
    const text = edited('record: results[0]', `record: '${record}'`);
    expect(loadText(text).lookups.get('customer')?.origin.record).toBe(record);
  });

  it.each(['${lower}', '${}', '${A-B}', '$NAME', '$ {NAME}'])(
    'is filled in its exact form only: %s stays unchanged',
    (text) => {
      const config = loadText(edited('description: Resolve a caller', `description: "${text}"`));
      expect(config.lookups.get('customer')?.description).toBe(text);
    },
  );
});
