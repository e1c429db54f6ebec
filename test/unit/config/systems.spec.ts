import { describe, expect, it } from '@jest/globals';
import { edited, FULL, lineOf, loadText, NAMES, problemsOf } from '../../fixtures/config/load-text.js';

const ADDRESS = 'baseUrl: http://billing.example.com';
const AUTH = 'auth: { type: basic, username: datadip, password: "${BILLING_PASSWORD}" }';
const LIMITS = /limits: .*36000000.*/.exec(FULL)?.[0] ?? '';
const CRON = 'must be a cron expression: minute, hour, day of month, month, day of week';

const NOT_AN_ADDRESS = 'must be an http:// or https:// address';
const ONE_ATTEMPT = 'must be a whole number of milliseconds; allowed: 1 to 60000';
const HEADER_VALUE = 'must be Latin-1 text without control characters, as in an HTTP header';

/** A passage, its replacement, and the problem: key, shown value, message. */
type Case = readonly [passage: string, instead: string, key: string, value: string | undefined, message: string];

function refuses([passage, instead, key, value, message]: Case): void {
  const text = edited(passage, instead);
  const found = problemsOf(() => loadText(text));
  const line = lineOf(FULL, passage);
  expect(found).toEqual([{ source: 'datadip.yaml', line, key, ...(value === undefined ? {} : { value }), message }]);
}

describe('a system', () => {
  it.each<Case>([
    [ADDRESS, 'baseUrl: billing', 'systems.billing.baseUrl', '"billing"', NOT_AN_ADDRESS],
    [ADDRESS, 'baseUrl: ftp://billing', 'systems.billing.baseUrl', '"ftp://billing"', NOT_AN_ADDRESS],
    [ADDRESS, 'baseUrl: http:billing', 'systems.billing.baseUrl', '"http:billing"', NOT_AN_ADDRESS],
    [ADDRESS, 'baseUrl: "http://billing "', 'systems.billing.baseUrl', '"http://billing "', NOT_AN_ADDRESS],
    [ADDRESS, 'baseUrl: http://b/#top', 'systems.billing.baseUrl', '"http://b/#top"', 'must not contain ? or #'],
    [ADDRESS, 'baseUrl: http://b/?key=1', 'systems.billing.baseUrl', undefined, 'must not contain ? or #'],
    [
      ADDRESS,
      'baseUrl: http://me:secret@b',
      'systems.billing.baseUrl',
      undefined,
      'must not contain credentials: write them in auth',
    ],
    [ADDRESS, 'baseUrl: 5', 'systems.billing.baseUrl', '5', 'must be text: write it in quotes'],
    [ADDRESS, 'baseUrl:', 'systems.billing.baseUrl', 'null', 'must be text'],
    ['timeoutMs: 1500', 'timeoutMs: soon', 'systems.crm.timeoutMs', '"soon"', ONE_ATTEMPT],
    ['timeoutMs: 1500', 'timeoutMs: "1500"', 'systems.crm.timeoutMs', '"1500"', ONE_ATTEMPT],
    ['timeoutMs: 1500', 'timeoutMs: 0', 'systems.crm.timeoutMs', '0', ONE_ATTEMPT],
    ['timeoutMs: 1500', 'timeoutMs: 60001', 'systems.crm.timeoutMs', '60001', ONE_ATTEMPT],
    ['timeoutMs: 1500', 'timeoutMs: 1.5', 'systems.crm.timeoutMs', '1.5', ONE_ATTEMPT],
    ['timeoutMs: 1500', 'timeoutMs: .nan', 'systems.crm.timeoutMs', 'NaN', ONE_ATTEMPT],
    ['timeoutMs: 1500', 'timeoutMs: [ 1500 ]', 'systems.crm.timeoutMs', undefined, ONE_ATTEMPT],
    [LIMITS, 'limits: 5', 'systems.crm.limits', '5', 'must be a map'],
    [
      LIMITS,
      'limits: { maxConcurrent: 0 }',
      'systems.crm.limits.maxConcurrent',
      '0',
      'must be a whole number; allowed: 1 to 10000',
    ],
    [
      LIMITS,
      'limits: { maxPerSecond: 1000001 }',
      'systems.crm.limits.maxPerSecond',
      '1000001',
      'must be a whole number; allowed: 1 to 1000000',
    ],
    [LIMITS, 'limits: { adaptive: yes }', 'systems.crm.limits.adaptive', '"yes"', 'must be true or false'],
    [
      LIMITS,
      'limits: { burst: 5 }',
      'systems.crm.limits.burst',
      undefined,
      'is an unknown key; allowed: maxConcurrent, maxPerSecond, maxPerMinute, adaptive, backgroundShare, queueMs, schedule',
    ],
    [
      LIMITS,
      'limits: { adaptive: true, maxPerSecond: 200 }',
      'systems.crm.limits.adaptive',
      'true',
      'needs maxConcurrent, the upper limit of the search',
    ],
    [
      LIMITS,
      'limits: { backgroundShare: 1.5 }',
      'systems.crm.limits.backgroundShare',
      '1.5',
      'must be a number; allowed: 0 to 0.5',
    ],
    [
      LIMITS,
      'limits: { queueMs: 5001 }',
      'systems.crm.limits.queueMs',
      '5001',
      'must be a whole number of milliseconds; allowed: 0 to 5000',
    ],
    [
      LIMITS,
      'limits: { schedule: [{ cron: at nine, forMs: 1000, maxPerSecond: 5 }] }',
      'systems.crm.limits.schedule[0].cron',
      '"at nine"',
      CRON,
    ],
    [
      LIMITS,
      'limits: { schedule: [{ cron: 0 9 * * *, forMs: 1000 }] }',
      'systems.crm.limits.schedule[0]',
      undefined,
      'changes nothing: give maxConcurrent or maxPerSecond',
    ],
    [
      'timeoutMs: 1500',
      'timeout: 1500',
      'systems.crm.timeout',
      undefined,
      'is an unknown key; allowed: baseUrl, auth, timeoutMs, limits',
    ],
  ])('is refused where "%s" is "%s"', (...refused) => refuses(refused));

  it('is not printed where an address with a password stands in its place', () => {
    const text = edited('lookups:', '  erp: http://me:secret@erp\nlookups:');
    const line = lineOf(text, '  erp:');
    const problem = { source: 'datadip.yaml', line, key: 'systems.erp', message: 'must be a map' };
    expect(problemsOf(() => loadText(text))).toEqual([problem]);
  });

  it('needs an address', () => {
    const text = edited('    baseUrl: http://billing.example.com\n', '');
    const line = lineOf(text, 'billing:');
    const problem = { source: 'datadip.yaml', line, key: 'systems.billing.baseUrl', message: 'is required' };
    expect(problemsOf(() => loadText(text))).toEqual([problem]);
  });

  it.each(['2nd', '_crm', 'a b', `a${'b'.repeat(64)}`])('cannot be called %s', (name) => {
    const text = edited('  billing:', `  ${name}:`).replace('system: billing', `system: ${name}`);
    const line = lineOf(text, `  ${name}:`);
    const key = name.includes(' ') ? `systems["${name}"]` : `systems.${name}`;
    const message = 'must be a name: a letter, then at most 63 letters, digits, `_` or `-`';
    expect(problemsOf(() => loadText(text))).toEqual([{ source: 'datadip.yaml', line, key, message }]);
  });
});

describe('the auth of a system', () => {
  it.each([
    ['{ type: none }', { type: 'none' }],
    ['{ type: bearer, token: t0ken }', { type: 'bearer', token: 't0ken' }],
    ['{ type: header, name: X-Api-Key, value: v }', { type: 'header', name: 'X-Api-Key', value: 'v' }],
    ['{ type: basic, username: u, password: "p:w" }', { type: 'basic', username: 'u', password: 'p:w' }],
    ['{ type: "${AUTH_TYPE}" }', { type: 'none' }],
  ])('may be %s', (auth, expected) => {
    const config = loadText(edited(AUTH, `auth: ${auth}`), { ...NAMES, AUTH_TYPE: 'none' });
    expect(config.systems.get('billing')?.auth).toEqual(expected);
  });

  const TYPES = 'must be one of none, bearer, basic, header, genesys, cxone';

  it.each<readonly [string, string, string | undefined, string]>([
    ['{ type: digest }', 'type', '"digest"', TYPES],
    ['{ token: secret-1 }', 'type', undefined, 'is required'],
    ['{ type: bearer }', 'token', undefined, 'is required'],
    ['{ type: bearer, token: "" }', 'token', undefined, 'must not be empty'],
    ['{ type: bearer, token: 12345 }', 'token', undefined, 'must be text: write it in quotes'],
    ['{ type: bearer, token: "secret\\n" }', 'token', undefined, 'must not begin or end with a space or a line break'],
    ['{ type: bearer, token: "sec\\nret" }', 'token', undefined, HEADER_VALUE],
    ['{ type: bearer, token: t, tokn: s }', 'tokn', undefined, 'is an unknown key; allowed: type, token'],
    ['{ type: basic, username: "a:b", password: p }', 'username', '"a:b"', 'must not contain a colon'],
    [
      '{ type: basic, username: u, password: "p\\0w" }',
      'password',
      undefined,
      'must not contain a line break or another control character',
    ],
    ['{ type: header, name: "X Key", value: v }', 'name', '"X Key"', 'must be the name of an HTTP header'],
    ['{ type: header, name: X-Key, value: "ключ" }', 'value', undefined, HEADER_VALUE],
  ])('is refused as %s', (auth, setting, value, message) => {
    refuses([AUTH, `auth: ${auth}`, `systems.billing.auth.${setting}`, value, message]);
  });

  it('is never printed, not even where a secret stands in place of the block', () => {
    refuses([AUTH, 'auth: Bearer secret-1', 'systems.billing.auth', undefined, 'must be a map with a type']);
  });
});
