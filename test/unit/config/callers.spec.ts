import { describe, expect, it } from '@jest/globals';
import { edited, FULL, lineOf, loadText, NAMES } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const KEYS = 'apiKeys: [ "${ARCHITECT_KEY}", architect-second ]';
const TENANTS = 'tenants: [ "10001" ]';
const SCOPES = 'scopes: [ lookup, agents ]';
const LIMITS = 'limits: { maxPerSecond: 1000, maxConcurrent: 200 }';

type Case = readonly [passage: string, instead: string, key: string, value: string | undefined, kind: string];

function problemAt(text: string, passage: string, key: string, value: string | undefined, kind: string) {
  return {
    source: 'datadip.yaml',
    line: lineOf(text, passage),
    key,
    ...(value === undefined ? {} : { value }),
    kind,
  };
}

describe('a caller', () => {
  it.each<Case>([
    [KEYS, 'apiKeys: secret-1', 'apiKeys', undefined, 'not a list'],
    [KEYS, 'apiKeys: [ "" ]', 'apiKeys[0]', undefined, 'empty'],
    [KEYS, 'apiKeys: [ 12345678 ]', 'apiKeys[0]', undefined, 'not quoted'],
    [KEYS, 'apiKeys: [ "key-from-a-file\\n" ]', 'apiKeys[0]', undefined, 'padded'],
    [
      KEYS,
      'apiKey: secret-1',
      'apiKey',
      undefined,
      'unknown key: apiKeys, hmacSecrets, genesysUsers, tenants, scopes, lookups, limits',
    ],
    [TENANTS, 'tenants: [ 10001 ]', 'tenants[0]', '10001', 'not quoted'],
    [TENANTS, 'tenants: [ "a/b" ]', 'tenants[0]', '"a/b"', 'not a tenant'],
    [TENANTS, 'tenants: []', 'tenants', undefined, 'not a list of length: 1 to 10000'],
    [TENANTS, 'tenants: { length: { of: 1 } }', 'tenants', undefined, 'not a list of length: 1 to 10000'],
    [TENANTS, 'tenants: "*"', 'tenants', '"*"', 'not a list of length: 1 to 10000'],
    [
      SCOPES,
      'scopes: [ lookup, admin ]',
      'scopes[1]',
      '"admin"',
      'unknown word: lookup, agents, invalidate, events, operate',
    ],
    [SCOPES, 'scopes: []', 'scopes', undefined, 'not a list of length: 1 to 5'],
    [LIMITS, 'limits: { maxPerSecond: 0 }', 'limits.maxPerSecond', '0', 'not a whole number: 1 to 1000000'],
    [LIMITS, 'limits: { maxConcurrent: 10001 }', 'limits.maxConcurrent', '10001', 'not a whole number: 1 to 10000'],
    [
      LIMITS,
      'limits: { burst: 5 }',
      'limits.burst',
      undefined,
      'unknown key: maxPerSecond, maxConcurrent, maxPerUserPerSecond',
    ],
  ])('is refused where "%s" is "%s"', (passage, instead, key, value, kind) => {
    const text = edited(passage, instead);
    const expected = problemAt(text, instead, `callers.architect.${key}`, value, kind);
    expect(kindsOf(() => loadText(text))).toEqual([expected]);
  });

  it.each([
    [`    ${TENANTS}\n`, 'tenants'],
    [`    ${SCOPES}\n`, 'scopes'],
  ])('must declare %s', (passage, key) => {
    const text = edited(passage, '');
    const expected = problemAt(text, '  architect:', `callers.architect.${key}`, undefined, 'missing');
    expect(kindsOf(() => loadText(text))).toEqual([expected]);
  });

  it.each(['', '    apiKeys: []\n    hmacSecrets: []\n'])('needs a way to prove who it is: "%s" is none', (secrets) => {
    const text = edited(`    ${KEYS}\n`, secrets);
    const kind = 'no proof of caller';
    const expected = problemAt(text, '  architect:', 'callers.architect', undefined, kind);
    expect(kindsOf(() => loadText(text))).toEqual([expected]);
  });

  it('cannot be called sandbox, or what is no name', () => {
    const reserved = edited('  webhook:', '  sandbox:');
    const found = kindsOf(() => loadText(reserved));
    expect(found).toEqual([problemAt(reserved, '  sandbox:', 'callers.sandbox', undefined, 'sandbox caller')]);
    const odd = edited('  webhook:', '  web.hook:');
    const kind = 'not a name';
    const expected = problemAt(odd, '  web.hook:', 'callers["web.hook"]', undefined, kind);
    expect(kindsOf(() => loadText(odd))).toEqual([expected]);
  });

  it('is not printed where a key stands in its place', () => {
    const text = `${FULL}  desktop: secret-1\n`;
    const expected = problemAt(text, '  desktop:', 'callers.desktop', undefined, 'not a map');
    expect(kindsOf(() => loadText(text))).toEqual([expected]);
  });
});

describe('the lookups of a caller', () => {
  const withLookups = (lookups: string): string => edited(SCOPES, `${SCOPES}\n    lookups: ${lookups}`);
  const lookupsOf = (text: string) => loadText(text).callers.get('architect')?.lookups;

  it('are undefined, which means every lookup, if the file names none', () => {
    expect(lookupsOf(FULL)).toBeUndefined();
  });

  it('are the declared names', () => {
    expect(lookupsOf(withLookups('[ customer, search ]'))).toEqual(['customer', 'search']);
  });

  it('may be composed lookups, and lookups of a system that is left out', () => {
    const client = '{ type: genesys, optional: true }';
    const lookup =
      'key: [{ input: ani, kind: phone }], origin: { system: platform, path: "/{ani}" }, fields: { a: { type: string } }';
    const declared = [
      `  platform: { auth: ${client} }\nlookups:`,
      `  away: { ${lookup} }`,
      '  whole: { compose: [{ lookup: customer }], fields: { vip: customer.vip } }',
    ];
    const text = edited('lookups:\n', `${declared.join('\n')}\n`, withLookups('[ away, whole ]'));
    expect(lookupsOf(text)).toEqual(['away', 'whole']);
  });

  it.each([
    ['[ customer, accounts ]', 'lookups[1]', '"accounts"', 'unknown lookup: customer, search'],
    ['[]', 'lookups', undefined, 'not a list of length: 1 to 1000'],
    ['customer', 'lookups', '"customer"', 'not a list of length: 1 to 1000'],
    ['[ 7 ]', 'lookups[0]', '7', 'not quoted'],
  ])('are refused if they are %s', (lookups, key, value, kind) => {
    const text = withLookups(lookups);
    const expected = problemAt(text, `lookups: ${lookups}`, `callers.architect.${key}`, value, kind);
    expect(kindsOf(() => loadText(text))).toEqual([expected]);
  });
});

describe('the keys of callers', () => {
  const SECOND = '    apiKeys: [ another-key, architect-second ]\n    hmacSecrets: [ "${WEBHOOK_SECRET}" ]\n';
  const WEBHOOK = '    hmacSecrets: [ "${WEBHOOK_SECRET}" ]\n';

  it('tell one caller from another', () => {
    const text = edited(WEBHOOK, SECOND);
    const kind = 'secret of another caller: architect';
    const expected = problemAt(text, '    apiKeys: [ another', 'callers.webhook.apiKeys[1]', undefined, kind);
    expect(kindsOf(() => loadText(text))).toEqual([expected]);
  });

  it('tell them apart whatever variable they come from', () => {
    const text = edited(KEYS, `${KEYS}\n    hmacSecrets: [ "\${OTHER}" ]`);
    const found = kindsOf(() => loadText(text, { ...NAMES, OTHER: NAMES.WEBHOOK_SECRET }));
    expect(found.map(({ key }) => key)).toEqual(['callers.webhook.hmacSecrets[0]']);
    expect(JSON.stringify(found)).not.toContain(NAMES.WEBHOOK_SECRET);
  });

  it('may be given to one caller twice', () => {
    expect(kindsOf(() => loadText(edited(KEYS, 'apiKeys: [ one-key-twice, one-key-twice ]')))).toEqual([]);
  });
});
