import { describe, expect, it } from '@jest/globals';
import { edited, FULL, lineOf, loadText, NAMES, problemsOf } from '../../fixtures/config/load-text.js';

const KEYS = 'apiKeys: [ "${ARCHITECT_KEY}", architect-second ]';
const TENANTS = 'tenants: [ "10001" ]';
const SCOPES = 'scopes: [ lookup, agents ]';
const LIMITS = 'limits: { maxPerSecond: 1000, maxConcurrent: 200 }';

type Case = readonly [passage: string, instead: string, key: string, value: string | undefined, message: string];

function problemAt(text: string, passage: string, key: string, value: string | undefined, message: string) {
  return {
    source: 'datadip.yaml',
    line: lineOf(text, passage),
    key,
    ...(value === undefined ? {} : { value }),
    message,
  };
}

const TENANT = 'must be * or a tenant: at most 64 letters, digits, `_` or `-`';
const SCOPE = 'must be one of lookup, agents, invalidate, events, operate';

describe('a caller', () => {
  it.each<Case>([
    [KEYS, 'apiKeys: secret-1', 'apiKeys', undefined, 'must be a list'],
    [KEYS, 'apiKeys: [ "" ]', 'apiKeys[0]', undefined, 'must not be empty'],
    [KEYS, 'apiKeys: [ 12345678 ]', 'apiKeys[0]', undefined, 'must be text: write it in quotes'],
    [
      KEYS,
      'apiKeys: [ "key-from-a-file\\n" ]',
      'apiKeys[0]',
      undefined,
      'must not begin or end with a space or a line break',
    ],
    [
      KEYS,
      'apiKey: secret-1',
      'apiKey',
      undefined,
      'is an unknown key; allowed: apiKeys, hmacSecrets, tenants, scopes, limits',
    ],
    [TENANTS, 'tenants: [ 10001 ]', 'tenants[0]', '10001', 'must be text: write it in quotes'],
    [TENANTS, 'tenants: [ "a/b" ]', 'tenants[0]', '"a/b"', TENANT],
    [TENANTS, 'tenants: []', 'tenants', undefined, 'must be a list; allowed length: 1 to 10000'],
    [TENANTS, 'tenants: { length: { of: 1 } }', 'tenants', undefined, 'must be a list; allowed length: 1 to 10000'],
    [TENANTS, 'tenants: "*"', 'tenants', '"*"', 'must be a list; allowed length: 1 to 10000'],
    [SCOPES, 'scopes: [ lookup, admin ]', 'scopes[1]', '"admin"', SCOPE],
    [SCOPES, 'scopes: []', 'scopes', undefined, 'must be a list; allowed length: 1 to 5'],
    [
      LIMITS,
      'limits: { maxPerSecond: 0 }',
      'limits.maxPerSecond',
      '0',
      'must be a whole number; allowed: 1 to 1000000',
    ],
    [
      LIMITS,
      'limits: { maxConcurrent: 10001 }',
      'limits.maxConcurrent',
      '10001',
      'must be a whole number; allowed: 1 to 10000',
    ],
    [
      LIMITS,
      'limits: { burst: 5 }',
      'limits.burst',
      undefined,
      'is an unknown key; allowed: maxPerSecond, maxConcurrent',
    ],
  ])('is refused where "%s" is "%s"', (passage, instead, key, value, message) => {
    const text = edited(passage, instead);
    const expected = problemAt(text, instead, `callers.architect.${key}`, value, message);
    expect(problemsOf(() => loadText(text))).toEqual([expected]);
  });

  it.each([
    [`    ${TENANTS}\n`, 'tenants'],
    [`    ${SCOPES}\n`, 'scopes'],
  ])('must declare %s', (passage, key) => {
    const text = edited(passage, '');
    const expected = problemAt(text, '  architect:', `callers.architect.${key}`, undefined, 'is required');
    expect(problemsOf(() => loadText(text))).toEqual([expected]);
  });

  it.each(['', '    apiKeys: []\n    hmacSecrets: []\n'])('needs a way to prove who it is: "%s" is none', (secrets) => {
    const text = edited(`    ${KEYS}\n`, secrets);
    const message = 'needs apiKeys or hmacSecrets: a request proves its caller with one of them';
    const expected = problemAt(text, '  architect:', 'callers.architect', undefined, message);
    expect(problemsOf(() => loadText(text))).toEqual([expected]);
  });

  it('cannot be called sandbox, or what is no name', () => {
    const reserved = edited('  webhook:', '  sandbox:');
    const found = problemsOf(() => loadText(reserved));
    expect(found).toEqual([
      problemAt(reserved, '  sandbox:', 'callers.sandbox', undefined, 'is reserved for requests to the sandbox'),
    ]);
    const odd = edited('  webhook:', '  web.hook:');
    const message = 'must be a name: a letter, then at most 63 letters, digits, `_` or `-`';
    const expected = problemAt(odd, '  web.hook:', 'callers["web.hook"]', undefined, message);
    expect(problemsOf(() => loadText(odd))).toEqual([expected]);
  });

  it('is not printed where a key stands in its place', () => {
    const text = `${FULL}  desktop: secret-1\n`;
    const expected = problemAt(text, '  desktop:', 'callers.desktop', undefined, 'must be a map');
    expect(problemsOf(() => loadText(text))).toEqual([expected]);
  });
});

describe('the keys of callers', () => {
  const SECOND = '    apiKeys: [ another-key, architect-second ]\n    hmacSecrets: [ "${WEBHOOK_SECRET}" ]\n';
  const WEBHOOK = '    hmacSecrets: [ "${WEBHOOK_SECRET}" ]\n';

  it('tell one caller from another', () => {
    const text = edited(WEBHOOK, SECOND);
    const message = 'is also a secret of the caller architect';
    const expected = problemAt(text, '    apiKeys: [ another', 'callers.webhook.apiKeys[1]', undefined, message);
    expect(problemsOf(() => loadText(text))).toEqual([expected]);
  });

  it('tell them apart whatever variable they come from', () => {
    const text = edited(KEYS, `${KEYS}\n    hmacSecrets: [ "\${OTHER}" ]`);
    const found = problemsOf(() => loadText(text, { ...NAMES, OTHER: NAMES.WEBHOOK_SECRET }));
    expect(found.map(({ key }) => key)).toEqual(['callers.webhook.hmacSecrets[0]']);
    expect(JSON.stringify(found)).not.toContain(NAMES.WEBHOOK_SECRET);
  });

  it('may be given to one caller twice', () => {
    expect(problemsOf(() => loadText(edited(KEYS, 'apiKeys: [ one-key-twice, one-key-twice ]')))).toEqual([]);
  });
});
