import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../src/config/config-error.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { DEVELOPMENT, edited, FULL, loadText, NAMES, problemsOf, PRODUCTION } from '../../fixtures/config/load-text.js';

const BAD_FILE = `systems:
  crm:
    baseUrl: crm
    auth: { type: bearer }
    timeoutMs: soon
    limits: { maxConcurrent: 0, burst: 1 }
  "2nd": { baseUrl: http://b }
lookups:
  customer:
    key:
      - { input: ani, kind: phone }
      - { input: ani, kind: id }
    origin:
      system: erp
      method: POST
      path: /c/../{tier}
      query: { phone: "{ani}" }
    fields:
      tier: { type: integer, from: "a b", default: none }
      error: { type: string }
    cache: { ttlMs: 0, staleMs: -1 }
    warmup: true
callers:
  sandbox:
    apiKeys: [ secret-1 ]
    tenants: [ 10001 ]
    scopes: [ admin ]
  desktop:
    apiKeys: [ secret-1, "\${NO_SUCH_NAME}" ]
    tenants: [ "*" ]
    scopes: [ lookup ]
extra: 1
`;

function errorOf(load: () => unknown): ConfigError {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error('no ConfigError was thrown');
}

describe('everything that is wrong', () => {
  const env = { ...PRODUCTION, KEY_SECRET: '', PORT: 'http', VALUE_KEYS: 'a:b' };
  const found = problemsOf(() => loadText(BAD_FILE, env));

  it('is reported together: the environment first, then the file in its order', () => {
    expect(found.map(({ source, line, key }) => `${line ?? source} ${key}`)).toEqual([
      'environment PORT',
      'environment KEY_SECRET',
      'environment VALUE_KEYS',
      '3 systems.crm.baseUrl',
      '4 systems.crm.auth.token',
      '5 systems.crm.timeoutMs',
      '6 systems.crm.limits.maxConcurrent',
      '6 systems.crm.limits.burst',
      '7 systems.2nd',
      '12 lookups.customer.key[1].input',
      '14 lookups.customer.origin.system',
      '15 lookups.customer.origin.method',
      '16 lookups.customer.origin.path',
      '16 lookups.customer.origin.path',
      '19 lookups.customer.fields.tier.from',
      '19 lookups.customer.fields.tier.default',
      '20 lookups.customer.fields.error',
      '21 lookups.customer.cache.ttlMs',
      '21 lookups.customer.cache.staleMs',
      '22 lookups.customer.warmup',
      '24 callers.sandbox',
      '26 callers.sandbox.tenants[0]',
      '27 callers.sandbox.scopes[0]',
      '29 callers.desktop.apiKeys[1]',
      '29 callers.desktop.apiKeys[0]',
      '32 extra',
    ]);
  });

  it('is reported without a secret', () => {
    expect(JSON.stringify(found)).not.toMatch(/secret-1|a:b/);
  });

  it('is reported for the environment if the file cannot be read', () => {
    const keys = problemsOf(() => loadConfig({ ...DEVELOPMENT, PORT: 'x', DATADIP_CONFIG: '/no/such/file' })).map(
      ({ key }) => key,
    );
    expect(keys).toEqual(['PORT', 'DATADIP_CONFIG']);
    expect(problemsOf(() => loadText('a: [', { PORT: 'x' })).map(({ key }) => key)).toEqual(['PORT', '']);
  });

  it('is not followed by what only follows from it', () => {
    const text = edited('query: { phone: "{ani}", email: "{email}" }', 'query: { phone: "${X}", email: 5 }');
    const keys = problemsOf(() => loadText(text)).map(({ key }) => key);
    expect(keys).toEqual(['lookups.customer.origin.query.phone', 'lookups.customer.origin.query.email']);
  });
});

describe('a ConfigError', () => {
  const text = edited('timeoutMs: 1500', 'timeoutMs: soon').replace('"10001"', '10001');
  const error = errorOf(() => loadText(text, { ...NAMES, NODE_ENV: 'production' }));
  const lines = String(error).split('\n');

  it('reads as one line for each problem, with its place, key and value', () => {
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe('environment KEY_SECRET: required in production');
    expect(lines[1]).toMatch(
      /datadip\.yaml:6 systems\.crm\.timeoutMs = "soon": must be a whole number of milliseconds; allowed: 1 to 60000$/,
    );
    expect(lines[2]).toMatch(
      /datadip\.yaml:\d+ callers\.architect\.tenants\[0\] = 10001: must be text: write it in quotes$/,
    );
    expect(error).toMatchObject({
      name: 'ConfigError',
      code: 'bad_configuration',
      retryable: false,
      message: String(error),
    });
  });

  it('keeps to one line for a problem, whatever the names and values hold', () => {
    const odd = `${FULL}"a\\nb": 1\n`.replace('kind: phone', 'kind: "x\\ny\\u001b[2J"');
    const shown = String(errorOf(() => loadText(odd, { ...NAMES, REGION: 'a\nb\u0007' })));
    const lines = shown.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
  });

  it('shows no more of a long value than tells what it is', () => {
    const long = edited('kind: phone', `kind: ${'x'.repeat(5000)}`);
    expect(String(errorOf(() => loadText(long))).length).toBeLessThan(400);
  });

  it.each(['clientSecret', 'api_key', 'apiKey', 'access-token', 'Authorization', 'password'])(
    'hides what stands under a name like %s',
    (name) => {
      const query = `query: { ${name}: "hidden-{nobody}", phone: "{ani}", email: "{email}" }`;
      const shown = String(errorOf(() => loadText(edited('query: { phone: "{ani}", email: "{email}" }', query))));
      expect(shown).toContain(`origin.query.${name}: names an input that is not in key`);
      expect(shown).not.toMatch(/hidden|nobody/);
    },
  );
});
