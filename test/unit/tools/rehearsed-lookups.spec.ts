import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { declarationOf } from '../../../tools/rehearse/declaration.js';
import { sandboxDeclaration } from '../../../tools/rehearse/sandbox-declaration.js';

const FILE = `
country: US
systems:
  crm: { baseUrl: 'https://crm.example.com', auth: { type: bearer, token: \${TOKEN} }, timeoutMs: 900 }
  erp: { type: postgres, url: 'postgres://db', poolSize: 7 }
  genesys: { auth: { type: genesys } }
  unused: { baseUrl: 'https://unused.example.com' }
lookups:
  vip:
    key: [{ input: ani, kind: phone, country: GB }, { input: email, kind: email }]
    origin: { system: crm, path: '/v/{ani}', record: 'rows[0]' }
    customerId: uid
    fields: { name: { type: string, from: 'a.b' }, isVip: { type: boolean } }
    cache: { ttlMs: \${TTL} }
    priority: desktop
  order:
    key: [{ all: [{ input: account, kind: id }, { input: pin, kind: id }] }]
    origin: { system: erp, sql: 'select 1' }
    fields: { total: { type: number } }
  contact:
    key: [{ input: email, kind: email }]
    origin: { system: genesys, path: /x }
    fields: { id: {} }
  all: { compose: [{ lookup: vip }] }
callers: { ivr: { apiKeys: [\${KEY}], tenants: ['1'], scopes: [lookup] } }
`;

describe('the stand-ins for own lookups', () => {
  const urls = new Map(['crm', 'erp', 'genesys'].map((name) => [name, `http://127.0.0.1/${name}`]));

  it('keep what decides who is served, and nothing that is secret', () => {
    const declaration = declarationOf(FILE);
    const text = declaration.yamlWith(urls, 'a-key');
    expect(text).not.toMatch(/TOKEN|KEY}|example\.com|country|compose/);
    expect(declaration.systems).toEqual(['crm', 'erp', 'genesys']);
    expect(declaration.variables).toEqual(['TTL']);
    const { systems, lookups } = parse(text) as Record<string, Record<string, unknown>>;
    expect(systems).toMatchObject({
      crm: { baseUrl: 'http://127.0.0.1/crm', timeoutMs: 900, limits: {} },
      erp: { limits: { maxConcurrent: 7 } },
      genesys: { limits: { maxPerMinute: 300 } },
    });
    expect(lookups).toMatchObject({
      vip: {
        priority: 'desktop',
        customerId: 'id',
        cache: { ttlMs: '${TTL}' },
        key: [{ input: 'ani', kind: 'phone' }],
      },
      order: { origin: { path: '/api/v2/balances', query: { customerId: '{account}' } } },
    });
  });

  it.each([
    ['lookups: 7', /^lookups is missing or no map of keys$/],
    ['lookups: {}', /^the file declares no lookup that reads a system$/],
    ['systems: {}\nlookups: { a: { origin: { system: crm } } }', /^lookups.a.origin.system is no declared system/],
    ['a: [', /^the file is no YAML: /],
  ])('refuse a file with one line: %j', (text, line) => {
    expect(() => declarationOf(text)).toThrow(line);
    expect(() => declarationOf(text)).not.toThrow(/\n/);
  });

  it('have both priorities for the sandbox', () => {
    expect(declarationOf(sandboxDeclaration()).dips.map(({ priority }) => priority)).toEqual(['ivr', 'desktop']);
  });
});
