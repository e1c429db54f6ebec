import { describe, expect, it } from '@jest/globals';
import { edited, lineOf, loadText, NAMES } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';
import { refusesLookup } from '../../fixtures/config/refused-change.js';

describe('a lookup', () => {
  it.each(['key', 'origin', 'fields'])('must declare its %s', (part) => {
    const text = edited('  search:\n', '  search: {}\n  other:\n');
    const line = lineOf(text, '  search:');
    const problem = { source: 'datadip.yaml', line, key: `lookups.search.${part}`, kind: 'missing' };
    expect(kindsOf(() => loadText(text))).toContainEqual(problem);
  });

  it('has a name', () => {
    const text = edited('  search:\n', '  "search\\nit":\n');
    const problem = {
      source: 'datadip.yaml',
      line: lineOf(text, '  "search'),
      key: 'lookups["search\\nit"]',
      kind: 'not a name',
    };
    expect(kindsOf(() => loadText(text))).toEqual([problem]);
  });

  it('is what a file must declare at least one of', () => {
    const empty = 'systems: {}\nlookups: {}\n';
    const problem = { source: 'datadip.yaml', line: 2, key: 'lookups', kind: 'no lookup' };
    expect(kindsOf(() => loadText(empty))).toEqual([problem]);
  });
});

describe('the limits of a lookup', () => {
  it('must not be wider than those of its system', () => {
    refusesLookup([
      'limits: { maxPerSecond: 500 }',
      'limits: { maxCalls: 21 }',
      'customer.limits.maxCalls',
      '21',
      'above system limit',
    ]);
    expect(loadText(edited('limits: { maxPerSecond: 500 }', 'limits: { maxCalls: 20 }')).lookups.size).toBe(2);
  });

  it('are held against those of its system wherever these stand', () => {
    const text = edited('limits: { maxPerSecond: 500 }', 'limits: { maxCalls: 21 }').replace(
      'maxConcurrent: 20,',
      'maxConcurrent: ${CALLS},',
    );
    const [problem] = kindsOf(() => loadText(text, { ...NAMES, CALLS: '20' }));
    expect(problem).toMatchObject({ key: 'lookups.customer.limits.maxCalls' });
    expect(loadText(text, { ...NAMES, CALLS: '21' }).lookups.size).toBe(2);
    expect(kindsOf(() => loadText(text))).toEqual([
      expect.objectContaining({ line: lineOf(text, '${CALLS}'), key: 'systems.crm.limits.maxConcurrent' }),
    ]);
  });

  it('leave something for what is to be loaded before a peak', () => {
    const prewarm = 'prewarm: [{ cron: "45 7 * * 1-5" }]';
    const text = edited('limits: { maxPerSecond: 500 }', prewarm).replace(
      'backgroundShare: 0.25',
      'backgroundShare: 0',
    );
    expect(kindsOf(() => loadText(text))).toEqual([
      {
        source: 'datadip.yaml',
        line: lineOf(text, prewarm),
        key: 'lookups.customer.prewarm',
        kind: 'no background share',
      },
    ]);
  });
});
