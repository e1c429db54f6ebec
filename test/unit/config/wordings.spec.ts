import { describe, expect, it } from '@jest/globals';
import { loadText, FULL, NAMES, problemsOf } from '../../fixtures/config/load-text.js';
import { kindOf, kindsOf, PROBLEM_KINDS } from '../../fixtures/config/problem-kinds.js';

const KEY = Buffer.alloc(32).toString('base64');
const agents = (reconcile: string) => `${FULL}\nagents: { reconcile: [{ platform: genesys, ${reconcile} }] }\n`;

describe('the wordings of configuration problems', () => {
  it.each(Object.entries(PROBLEM_KINDS))('give the kind "%s" one wording that no other kind has', (kind, wording) => {
    const parts = Array.from({ length: wording.split('…').length - 1 }, () => 'x');
    expect(kindOf(wording.replaceAll('…', 'x'))).toBe([kind, ...parts].join(': '));
  });

  it('report a message of no kind with its text', () => {
    expect(kindOf('must be blue')).toBe('"must be blue" is of 0 kinds');
  });

  it('are whole messages: a longer message is of no kind', () => {
    expect(kindOf('is required here')).toContain('is of 0 kinds');
  });

  it.each([
    [{ VALUE_KEYS: `a:${KEY},a:${KEY}` }, 'VALUE_KEYS', 'value keys of one id'],
    [{ CORS_ORIGINS: 'https://apps.example.com/path' }, 'CORS_ORIGINS', 'not origins'],
  ])('name the variable for %j', (env, key, kind) => {
    expect(kindsOf(() => loadText(FULL, { ...NAMES, ...env }))).toMatchObject([{ key, kind }]);
  });

  it('report every tenant where one tenant is reconciled', () => {
    const [problem] = kindsOf(() => loadText(agents('system: crm, tenant: "*"')));
    expect(problem).toMatchObject({ key: 'agents.reconcile[0].tenant', kind: 'every tenant' });
  });

  it('report a cron expression that matches no date', () => {
    const prewarm = 'prewarm: [{ cron: "0 0 30 2 *", top: 5 }]';
    const text = FULL.replace('priority: desktop', prewarm);
    expect(kindsOf(() => loadText(text))).toMatchObject([
      { key: 'lookups.customer.prewarm[0].cron', kind: 'cron without a date' },
    ]);
  });

  it('never quote the value of a secret', () => {
    const found = problemsOf(() => loadText(FULL, { ...NAMES, VALUE_KEYS: 'one:c2VjcmV0' }));
    expect(JSON.stringify(found)).not.toContain('c2VjcmV0');
  });
});
