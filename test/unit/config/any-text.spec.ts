import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError } from '../../../src/config/config-error.js';
import { FULL, loadText, NAMES, PRODUCTION } from '../../fixtures/config/load-text.js';

const RUNS = 200;

/** Pieces of which declaration files, and mistakes in them, are made. */
const WORDS = FULL.split(/(?<=\s)|(?=[:,[\]{}"])/);
const SYNTAX = [
  '\n',
  '\n  ',
  '\n    ',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  "'",
  '|',
  '>-',
  '&a ',
  '*a',
  '!t ',
  '#',
  '---\n',
  '%YAML 1.1\n',
  '? ',
  '<<: ',
  '${NAME}',
  '${CRM_TOKEN}',
  '\t',
  '\0',
  '\u{1F600}',
  '__proto__: ',
  'null',
  '~',
  '.nan',
  '0x1F',
  '2001-01-01',
];

const yamlish = fc.array(fc.oneof(fc.constantFrom(...WORDS), fc.constantFrom(...SYNTAX), fc.string()), {
  maxLength: 60,
});

/** Maps that look, to code that asks carelessly, like lists, texts or promises. */
const lookalikes = fc.dictionary(
  fc.constantFrom('length', 'size', 'type', 'then', 'toString', 'valueOf', 'toJSON', 'constructor'),
  fc.jsonValue({ maxDepth: 1 }),
);
const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), lookalikes);
const sections = fc.record({ systems: value, lookups: value, callers: value }, { requiredKeys: [] });
const declarations = fc.record({
  systems: fc.dictionary(
    fc.string(),
    fc.record({ baseUrl: value, auth: value, timeoutMs: value, limits: value }, { requiredKeys: [] }),
  ),
  lookups: fc.dictionary(
    fc.string(),
    fc.record({
      key: value,
      origin: fc.record({ system: value, method: value, path: value, query: value, body: value }),
      fields: value,
      cache: value,
    }),
  ),
  callers: fc.dictionary(fc.string(), fc.record({ apiKeys: value, hmacSecrets: value, tenants: value, scopes: value })),
});

/** The whole file with one stretch taken out and something else put in. */
const damaged = fc
  .tuple(fc.nat(FULL.length), fc.nat(40), yamlish)
  .map(([at, length, pieces]) => FULL.slice(0, at) + pieces.slice(0, 5).join('') + FULL.slice(at + length));

/** `'config'` or `'refused'`; whatever else is thrown goes through. */
function outcome(content: string | Uint8Array, env: Record<string, string>): string {
  try {
    return loadText(content, env).lookups.size > 0 ? 'config' : 'config without a lookup';
  } catch (error) {
    if (!(error instanceof ConfigError) || error.problems.length === 0) throw error;
    for (const secret of Object.values(NAMES)) expect(String(error)).not.toContain(secret);
    return 'refused';
  }
}

describe('whatever the file holds', () => {
  it.each([
    ['text', yamlish.map((pieces) => pieces.join(''))],
    ['a damaged file', damaged],
    ['values of any shape', sections.map((file) => JSON.stringify(file))],
    ['declarations of any shape', declarations.map((file) => JSON.stringify(file))],
    ['bytes', fc.uint8Array({ maxLength: 200 })],
  ] as const)('loadConfig returns a Config or throws a ConfigError without a secret: %s', (_, contents) => {
    const property = fc.property(
      contents as fc.Arbitrary<string | Uint8Array>,
      fc.boolean(),
      (content, inProduction) => {
        const env = inProduction ? { ...NAMES, ...PRODUCTION } : NAMES;
        expect(['config', 'refused']).toContain(outcome(content, env));
      },
    );
    fc.assert(property, { numRuns: RUNS });
  });
});

describe('whatever the environment holds', () => {
  const names = [
    'PORT',
    'HOST',
    'REGION',
    'REDIS_URL',
    'DEADLINE_MS',
    'KEY_SECRET',
    'VALUE_KEYS',
    'SANDBOX',
    'LOG_LEVEL',
    'NODE_ENV',
    'CRM_TOKEN',
    'ALLOW_PLAINTEXT_REDIS',
    'REDIS_TIMEOUT_MS',
    'NEAR_MAX_BYTES',
    'MAX_IN_FLIGHT',
  ];
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('on', 'off', 'production', '0', '1e9', 'redis://a', 'rediss://b,', '::1'),
  );

  it('loadConfig returns a Config or throws a ConfigError', () => {
    const property = fc.property(fc.dictionary(fc.constantFrom(...names), text), (env) => {
      expect(['config', 'refused']).toContain(outcome(FULL, { ...NAMES, ...env }));
    });
    fc.assert(property, { numRuns: RUNS });
  });
});
