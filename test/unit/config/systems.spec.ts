import { describe, expect, it } from '@jest/globals';
import { edited, FULL, lineOf, loadText, NAMES } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';
import { refuses, type Case } from '../../fixtures/config/refused-change.js';

const ADDRESS = 'baseUrl: http://billing.example.com';
const AUTH = 'auth: { type: basic, username: datadip, password: "${BILLING_PASSWORD}" }';
const LIMITS = /limits: .*36000000.*/.exec(FULL)?.[0] ?? '';

describe('a system', () => {
  it.each<Case>([
    [ADDRESS, 'baseUrl: billing', 'systems.billing.baseUrl', '"billing"', 'not an HTTP address'],
    [ADDRESS, 'baseUrl: ftp://billing', 'systems.billing.baseUrl', '"ftp://billing"', 'not an HTTP address'],
    [ADDRESS, 'baseUrl: http:billing', 'systems.billing.baseUrl', '"http:billing"', 'not an HTTP address'],
    [ADDRESS, 'baseUrl: "http://billing "', 'systems.billing.baseUrl', '"http://billing "', 'not an HTTP address'],
    [ADDRESS, 'baseUrl: http://b/#top', 'systems.billing.baseUrl', '"http://b/#top"', 'query in address'],
    [ADDRESS, 'baseUrl: http://b/?key=1', 'systems.billing.baseUrl', undefined, 'query in address'],
    [ADDRESS, 'baseUrl: http://me:secret@b', 'systems.billing.baseUrl', undefined, 'credentials'],
    [ADDRESS, 'baseUrl: 5', 'systems.billing.baseUrl', '5', 'not quoted'],
    [ADDRESS, 'baseUrl:', 'systems.billing.baseUrl', 'null', 'not text'],
    ['timeoutMs: 1500', 'timeoutMs: soon', 'systems.crm.timeoutMs', '"soon"', 'not milliseconds: 1 to 60000'],
    ['timeoutMs: 1500', 'timeoutMs: "1500"', 'systems.crm.timeoutMs', '"1500"', 'not milliseconds: 1 to 60000'],
    ['timeoutMs: 1500', 'timeoutMs: 0', 'systems.crm.timeoutMs', '0', 'not milliseconds: 1 to 60000'],
    ['timeoutMs: 1500', 'timeoutMs: 60001', 'systems.crm.timeoutMs', '60001', 'not milliseconds: 1 to 60000'],
    ['timeoutMs: 1500', 'timeoutMs: 1.5', 'systems.crm.timeoutMs', '1.5', 'not milliseconds: 1 to 60000'],
    ['timeoutMs: 1500', 'timeoutMs: .nan', 'systems.crm.timeoutMs', 'NaN', 'not milliseconds: 1 to 60000'],
    ['timeoutMs: 1500', 'timeoutMs: [ 1500 ]', 'systems.crm.timeoutMs', undefined, 'not milliseconds: 1 to 60000'],
    ['timeoutMs: 1500', 'charset: ebcdic-us', 'systems.crm.charset', '"ebcdic-us"', 'not a charset'],
    ['timeoutMs: 1500', 'charset: utf-32', 'systems.crm.charset', '"utf-32"', 'not a charset'],
    [LIMITS, 'limits: 5', 'systems.crm.limits', '5', 'not a map'],
    [LIMITS, 'limits: { maxConcurrent: 0 }', 'systems.crm.limits.maxConcurrent', '0', 'not a whole number: 1 to 10000'],
    [
      LIMITS,
      'limits: { maxPerSecond: 1000001 }',
      'systems.crm.limits.maxPerSecond',
      '1000001',
      'not a whole number: 1 to 1000000',
    ],
    [LIMITS, 'limits: { adaptive: yes }', 'systems.crm.limits.adaptive', '"yes"', 'not a flag'],
    [
      LIMITS,
      'limits: { burst: 5 }',
      'systems.crm.limits.burst',
      undefined,
      'unknown key: maxConcurrent, maxPerSecond, maxPerMinute, adaptive, backgroundShare, queueMs, schedule',
    ],
    [
      LIMITS,
      'limits: { adaptive: true, maxPerSecond: 200 }',
      'systems.crm.limits.adaptive',
      'true',
      'adaptive without limit',
    ],
    [LIMITS, 'limits: { backgroundShare: 1.5 }', 'systems.crm.limits.backgroundShare', '1.5', 'not a number: 0 to 0.5'],
    [LIMITS, 'limits: { queueMs: 5001 }', 'systems.crm.limits.queueMs', '5001', 'not milliseconds: 0 to 5000'],
    [
      LIMITS,
      'limits: { schedule: [{ cron: at nine, forMs: 1000, maxPerSecond: 5 }] }',
      'systems.crm.limits.schedule[0].cron',
      '"at nine"',
      'not a cron expression',
    ],
    [
      LIMITS,
      'limits: { schedule: [{ cron: 0 9 * * *, forMs: 1000 }] }',
      'systems.crm.limits.schedule[0]',
      undefined,
      'schedule without limit',
    ],
    [
      'timeoutMs: 1500',
      'timeout: 1500',
      'systems.crm.timeout',
      undefined,
      'unknown key: type, baseUrl, auth, headers, query, tls, timeoutMs, charset, traceparent, limits',
    ],
  ])('is refused where "%s" is "%s"', (...refused) => refuses(refused));

  it('is not printed where an address with a password stands in its place', () => {
    const text = edited('lookups:', '  erp: http://me:secret@erp\nlookups:');
    const line = lineOf(text, '  erp:');
    const problem = { source: 'datadip.yaml', line, key: 'systems.erp', kind: 'not a map' };
    expect(kindsOf(() => loadText(text))).toEqual([problem]);
  });

  it('needs an address', () => {
    const text = edited('    baseUrl: http://billing.example.com\n', '');
    const line = lineOf(text, 'billing:');
    const problem = { source: 'datadip.yaml', line, key: 'systems.billing.baseUrl', kind: 'missing' };
    expect(kindsOf(() => loadText(text))).toEqual([problem]);
  });

  it.each(['2nd', '_crm', 'a b', `a${'b'.repeat(64)}`])('cannot be called %s', (name) => {
    const text = edited('  billing:', `  ${name}:`).replace('system: billing', `system: ${name}`);
    const line = lineOf(text, `  ${name}:`);
    const key = name.includes(' ') ? `systems["${name}"]` : `systems.${name}`;
    const kind = 'not a name';
    expect(kindsOf(() => loadText(text))).toEqual([{ source: 'datadip.yaml', line, key, kind }]);
  });
});

describe('the constant pairs of a system', () => {
  it('are headers and parameters', () => {
    const config = loadText(
      edited(AUTH, `${AUTH}\n    headers: { X-Key: "\${BILLING_PASSWORD}" }\n    query: { v: "2" }`),
    );
    expect(config.systems.get('billing')).toMatchObject({
      headers: { 'X-Key': NAMES.BILLING_PASSWORD },
      query: { v: '2' },
    });
  });

  it.each<readonly [string, string, string]>([
    ['headers: { "X Key": secret-1 }', 'headers["X Key"]', 'not a header name'],
    ['headers: { X-Key: "" }', 'headers.X-Key', 'empty'],
    ['headers: { X-Key: a, x-key: secret-1 }', 'headers.x-key', 'repeated'],
    ['headers: { Host: secret-1 }', 'headers.Host', 'own header'],
    ['headers: { authorization: secret-1 }', 'headers.authorization', 'header of auth'],
    ['query: { "": secret-1 }', 'query[""]', 'empty'],
    ['query: { key: 5 }', 'query.key', 'not quoted'],
    ['query: secret-1', 'query', 'not a map'],
  ])('are refused as %s, without their values', (pairs, key, kind) => {
    refuses([AUTH, `${AUTH}\n    ${pairs}`, `systems.billing.${key}`, undefined, kind], 1);
  });
});

describe('the auth of a system', () => {
  it.each([
    ['{ type: none }', { type: 'none' }],
    ['{ type: bearer, token: t0ken }', { type: 'bearer', token: 't0ken' }],
    ['{ type: header, name: X-Api-Key, value: v }', { type: 'header', name: 'X-Api-Key', value: 'v' }],
    ['{ type: query, name: api key, value: "a&b" }', { type: 'query', name: 'api key', value: 'a&b' }],
    ['{ type: basic, username: u, password: "p:w" }', { type: 'basic', username: 'u', password: 'p:w' }],
    ['{ type: "${AUTH_TYPE}" }', { type: 'none' }],
  ])('may be %s', (auth, expected) => {
    const config = loadText(edited(AUTH, `auth: ${auth}`), { ...NAMES, AUTH_TYPE: 'none' });
    expect(config.systems.get('billing')?.auth).toEqual(expected);
  });

  it.each<readonly [string, string, string | undefined, string]>([
    [
      '{ type: digest }',
      'type',
      '"digest"',
      'unknown word: none, bearer, basic, header, query, genesys, cxone, oauth2',
    ],
    ['{ token: secret-1 }', 'type', undefined, 'missing'],
    ['{ type: bearer }', 'token', undefined, 'missing'],
    ['{ type: bearer, token: "" }', 'token', undefined, 'empty'],
    ['{ type: bearer, token: 12345 }', 'token', undefined, 'not quoted'],
    ['{ type: bearer, token: "secret\\n" }', 'token', undefined, 'padded'],
    ['{ type: bearer, token: "sec\\nret" }', 'token', undefined, 'not a header value'],
    ['{ type: bearer, token: t, tokn: s }', 'tokn', undefined, 'unknown key: type, token'],
    ['{ type: basic, username: "a:b", password: p }', 'username', '"a:b"', 'colon'],
    ['{ type: basic, username: u, password: "p\\0w" }', 'password', undefined, 'control character'],
    ['{ type: query, name: key }', 'value', undefined, 'missing'],
    ['{ type: query, name: "", value: v }', 'name', '""', 'empty'],
    ['{ type: query, name: key, value: "a\\nb" }', 'value', undefined, 'control character'],
    ['{ type: header, name: "X Key", value: v }', 'name', '"X Key"', 'not a header name'],
    ['{ type: header, name: X-Key, value: "ключ" }', 'value', undefined, 'not a header value'],
  ])('is refused as %s', (auth, setting, value, kind) => {
    refuses([AUTH, `auth: ${auth}`, `systems.billing.auth.${setting}`, value, kind]);
  });

  it('is never printed, not even where a secret stands in place of the block', () => {
    refuses([AUTH, 'auth: Bearer secret-1', 'systems.billing.auth', undefined, 'not a map with a type']);
  });
});
