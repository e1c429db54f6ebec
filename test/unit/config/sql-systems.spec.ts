import { describe, expect, it } from '@jest/globals';
import { loadText, PRODUCTION, type Env } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const REMOTE = 'postgres://reader:hidden@erp.example.com/erp';
const LOCAL = 'postgres://reader:hidden@127.0.0.1:5432/erp';

const CALLERS = `callers:
  genesys: { tenants: ["10001"], scopes: [lookup], apiKeys: [a-key-of-32-characters-and-no-more] }
`;

/** A file with one database. `keys` follow its address. */
function fileWith(url: string, keys = '', type = 'postgres'): string {
  return `systems:
  erp: { type: ${type}, url: "${url}"${keys} }
lookups:
  customer:
    key: [{ input: ani, kind: phone }]
    origin: { system: erp, sql: "select name from customers where phone = {ani}" }
    fields: { name: { type: string } }
${CALLERS}`;
}

const found = (text: string, env: Env = {}): readonly (readonly [string, string])[] =>
  kindsOf(() => loadText(text, env)).map(({ key, kind }) => [key, kind] as const);

describe('a database', () => {
  it.each([
    [REMOTE, '', 'postgres'],
    ['postgresql://reader@erp/erp', '', 'postgres'],
    ['postgres://reader:p%40ss%25@[::1]:5433/erp', '', 'postgres'],
    ['mysql://reader:hidden@erp/erp', ', poolSize: 500', 'mysql'],
    ['mariadb://reader:hidden@erp/erp', ', poolSize: 4, limits: { maxConcurrent: 4 }', 'mysql'],
    [REMOTE, ', tls: {}', 'postgres'],
    [REMOTE, ', tls: { serverName: db.example.com }', 'postgres'],
  ])('may be %s%s', (url, keys, type) => {
    expect(found(fileWith(url, keys, type))).toEqual([]);
  });

  it.each([
    ['erp.example.com', 'not a database address: postgres:// or postgresql://,'],
    ['mysql://reader:hidden@erp/erp', 'not a database address: postgres:// or postgresql://,'],
    ['postgres://reader:hidden@/erp', 'not a database address: postgres:// or postgresql://,'],
    ['postgres://reader:hidden@erp/erp?sslmode=disable', 'options in the database address'],
    ['postgres://reader:hid#den@erp/erp', 'not a database address: postgres:// or postgresql://,'],
    ['postgres://erp/erp', 'no user of the database'],
    ['postgres://reader:hidden@erp', 'no database'],
    ['postgres://reader:hidden@erp/erp/more', 'no database'],
    ['postgres://reader:hid%den@erp/erp', 'raw % in the database address'],
  ])('is refused at %s, and the address is not printed', (url, kind) => {
    const problems = kindsOf(() => loadText(fileWith(url), {}));
    expect(problems).toEqual([{ source: 'datadip.yaml', line: 2, key: 'systems.erp.url', kind }]);
  });

  it.each([
    [', poolSize: 0', 'poolSize', 'not a whole number: 1 to 500'],
    [', poolSize: 501', 'poolSize', 'not a whole number: 1 to 500'],
    [', timeoutMs: 0', 'timeoutMs', 'not milliseconds: 1 to 60000'],
    [', poolSize: 4, limits: { maxConcurrent: 5 }', 'limits.maxConcurrent', 'above poolSize: 1 to 4'],
    [', limits: { maxConcurrent: 501 }', 'limits.maxConcurrent', 'above poolSize: 1 to 500'],
    [
      ', poolSize: 4, limits: { schedule: [{ cron: 0 9 * * *, forMs: 1000, maxConcurrent: 5 }] }',
      'limits.schedule[0].maxConcurrent',
      'above poolSize: 1 to 4',
    ],
    [', tls: { ca: hidden }', 'tls.ca', 'not certificates'],
    [', tls: { key: hidden, cert: hidden }', 'tls.cert', 'not certificates'],
    [', tls: { passphrase: hidden }', 'tls.passphrase', 'passphrase without key'],
    [', tls: { serverName: "https://db" }', 'tls.serverName', 'not the name of a host'],
  ])('is refused with the keys %s', (keys, key, kind) => {
    const problems = kindsOf(() => loadText(fileWith(REMOTE, keys), {}));
    expect(problems.map((problem) => [problem.key, problem.kind])).toContainEqual([`systems.erp.${key}`, kind]);
    expect(JSON.stringify(problems)).not.toContain('hidden');
  });

  it('must not send its password unencrypted in production, except on this machine', () => {
    const detail = 'allowPlaintext: true permits it where the network is trusted';
    const problem = ['systems.erp.url', `plaintext database`];
    const [plain] = found(fileWith(REMOTE), PRODUCTION);
    expect([plain?.[0], plain?.[1].replace(`: ${detail}`, '')]).toEqual(problem);
    for (const text of [fileWith(LOCAL), fileWith(REMOTE, ', tls: {}'), fileWith(REMOTE, ', allowPlaintext: true')])
      expect(found(text, PRODUCTION)).toEqual([]);
  });

  it('takes its address from the environment, and does not print the address', () => {
    const problems = kindsOf(() => loadText(fileWith('${ERP_URL}'), { ERP_URL: 'postgres://reader:hidden@erp' }));
    expect(problems).toMatchObject([{ key: 'systems.erp.url', kind: 'no database' }]);
    expect(JSON.stringify(problems)).not.toContain('hidden');
  });
});
