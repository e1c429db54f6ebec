import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { FULL, loadText, NAMES, problemsOf } from '../../fixtures/config/load-text.js';

const key = (bytes = 32): string => randomBytes(bytes).toString('base64');
const load = (env: Record<string, string>) => loadText(FULL, { ...NAMES, ...env });
const problemsWith = (env: Record<string, string>) => problemsOf(() => load(env));

describe('VALUE_KEYS', () => {
  it('are none unless they are given', () => {
    expect(load({}).valueKeys).toEqual([]);
  });

  it('are read in their order, the first one being the one that writes', () => {
    const [may, june] = [key(), key()];
    expect(load({ VALUE_KEYS: `june:${june}, may:${may}` }).valueKeys).toEqual([
      { id: 'june', secret: june },
      { id: 'may', secret: may },
    ]);
  });

  it.each([
    ['a key too short', `a:${key(16)}`],
    ['a key too long', `a:${key(33)}`],
    ['no id', key()],
    ['an id with a dot', `a.b:${key()}`],
    ['a key that is not base64', `a:${'!'.repeat(44)}`],
    ['two keys of one id', `a:${key()},a:${key()}`],
    ['a comma at the end', `a:${key()},`],
  ])('with %s are refused, by name alone', (_what, text) => {
    expect(problemsWith({ VALUE_KEYS: text })).toEqual([
      { source: 'environment', key: 'VALUE_KEYS', message: expect.any(String) },
    ]);
  });
});

describe('CORS_ORIGINS', () => {
  it.each(['*', 'apps.example.com', 'https://apps.example.com/', 'ftp://apps.example.com', 'https://a.example, x'])(
    'does not take %s',
    (text) => {
      expect(problemsWith({ CORS_ORIGINS: text })).toMatchObject([{ key: 'CORS_ORIGINS' }]);
    },
  );

  it('takes origins', () => {
    const origins = ['https://apps.example.com', 'http://localhost:8080'];
    expect(load({ CORS_ORIGINS: origins.join(', ') }).corsOrigins).toEqual(origins);
  });
});
