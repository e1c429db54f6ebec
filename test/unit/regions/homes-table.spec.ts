import { describe, expect, it } from '@jest/globals';
import { HomesTable } from '../../../src/regions/internal/homes-table.js';
import { isAffected } from '../../../src/regions/internal/home-fingerprint.js';
import type { HomeMoved } from '../../../src/messaging/log/log-values.js';

const CONFIG = { home: 'us', homes: new Map([['20002', 'eu']]) };

const moved = (epoch: number, home: string | null, more: Partial<HomeMoved> = {}): HomeMoved => ({
  ...{ schema: 1, type: 'tenant.home', tenant: '10001', epoch, home, fenceAbove: 0 },
  ...more,
});

function tableOf(records: readonly HomeMoved[], config = CONFIG): HomesTable {
  const table = new HomesTable(config);
  for (const record of records) {
    const next = table.next(record);
    if (next !== undefined) table.take(next);
  }
  return table;
}

describe('the table of homes', () => {
  it('begins with the configuration', () => {
    const table = tableOf([]);
    expect(table.homeOf('20002')).toEqual({ home: 'eu', epoch: 0, former: undefined, fenceAbove: 0 });
    expect(table.homeOf('any').home).toBe('us');
  });

  it('remembers the former home while there is none', () => {
    expect(tableOf([moved(1, null)]).homeOf('10001')).toMatchObject({ home: null, epoch: 1, former: 'us' });
    expect(tableOf([moved(1, null), moved(2, 'ap')]).homeOf('10001')).toMatchObject({ home: 'ap', former: undefined });
  });

  it('takes the first of two records with one epoch, and no repetition', () => {
    const records = [moved(1, null), moved(2, 'ap'), moved(2, 'eu'), moved(1, null)];
    expect(tableOf(records).homeOf('10001')).toMatchObject({ home: 'ap', epoch: 2 });
  });

  it('refuses a new home while there is one', () => {
    expect(tableOf([moved(1, 'ap')]).homeOf('10001')).toMatchObject({ home: 'us', epoch: 0 });
  });

  it('takes a later epoch after records that it missed', () => {
    expect(tableOf([moved(4, 'ap')]).homeOf('10001')).toMatchObject({ home: 'ap', epoch: 4 });
  });

  it('never lowers the bound of fences, also when a home made no claim', () => {
    const records = [
      moved(1, null),
      moved(2, 'ap', { fenceAbove: 900 }),
      moved(3, null),
      moved(4, 'eu', { fenceAbove: 5 }),
    ];
    expect(tableOf(records).homeOf('10001').fenceAbove).toBe(900);
  });
});

describe('fingerprints of tables of homes', () => {
  it('are equal for equal tables, and have at most 400 characters', () => {
    expect(tableOf([moved(1, null)]).fingerprint).toBe(tableOf([moved(1, null)]).fingerprint);
    expect(tableOf([]).fingerprint.length).toBeLessThanOrEqual(400);
  });

  it('do not change with a tenant that is declared at the usual home', () => {
    const declared = tableOf([], { home: 'us', homes: new Map([...CONFIG.homes, ['30003', 'us']]) });
    expect(declared.fingerprint).toBe(tableOf([]).fingerprint);
  });

  it('show that another table is behind, and that it has caught up', () => {
    const [ours, theirs] = [tableOf([moved(1, null), moved(2, 'ap')]), tableOf([moved(1, null)])];
    expect(ours.compare(theirs.fingerprint)).toEqual(new Set());
    expect(ours.agrees(theirs.fingerprint, '10001')).toBe(false);
    expect(ours.agrees(theirs.fingerprint, '20002')).toBe(true);
    expect(ours.agrees(tableOf([moved(2, 'ap')]).fingerprint, '10001')).toBe(true);
  });

  it('show a table of another configuration, for the tenant in question', () => {
    const [ours, theirs] = [tableOf([]), tableOf([], { home: 'us', homes: new Map([['20002', 'ap']]) })];
    for (const disagreement of [ours.compare(theirs.fingerprint), theirs.compare(ours.fingerprint)]) {
      expect(isAffected(disagreement, '20002')).toBe(true);
      expect(isAffected(disagreement, '10001')).toBe(false);
    }
  });

  it('show another usual home for all tenants', () => {
    const disagreement = tableOf([]).compare(tableOf([], { home: 'eu', homes: new Map() }).fingerprint);
    for (const tenant of ['10001', '20002', 'any']) expect(isAffected(disagreement, tenant)).toBe(true);
  });

  it('show two moves of one epoch in different orders, for both tables', () => {
    const [ours, theirs] = [tableOf([moved(1, null), moved(2, 'ap')]), tableOf([moved(1, null), moved(2, 'eu')])];
    expect(isAffected(ours.compare(theirs.fingerprint), '10001')).toBe(true);
    expect(isAffected(theirs.compare(ours.fingerprint), '10001')).toBe(true);
  });

  it.each(['', 'x', 'f'.repeat(16), 'f'.repeat(271), 'g'.repeat(272)])('that are malformed (%#) affect all', (text) => {
    expect(tableOf([]).compare(text)).toBe('all');
  });

  it('that differ in no bucket affect all', () => {
    const { fingerprint } = tableOf([]);
    expect(tableOf([]).compare('0'.repeat(16) + fingerprint.slice(16))).toBe('all');
  });
});
