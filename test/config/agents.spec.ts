import { describe, expect, it } from '@jest/globals';
import { FULL, loadText, problemsOf } from '../fixtures/config/load-text.js';

const SHIFT_MS = 43_200_000;

describe('the section of agents', () => {
  it('lets an agent be silent for a shift where it says nothing', () => {
    expect(loadText(FULL).agents).toEqual({ agentTtlMs: SHIFT_MS, reconcile: [] });
    expect(loadText(`${FULL}\nagents: {}\n`).agents).toEqual({ agentTtlMs: SHIFT_MS, reconcile: [] });
  });

  it('is taken as declared', () => {
    expect(loadText(`${FULL}\nagents: { agentTtlMs: 300000 }\n`).agents).toMatchObject({ agentTtlMs: 300_000 });
  });

  it('names the platforms that are read', () => {
    const entry = '{ platform: genesys, system: crm, tenant: "10001" }';
    expect(loadText(`${FULL}\nagents: { reconcile: [${entry}] }\n`).agents.reconcile).toEqual([
      { platform: 'genesys', system: 'crm', tenant: '10001', everyMs: 60_000 },
    ]);
  });

  it.each([
    [
      'reconcile: [{ platform: genesys, system: nowhere, tenant: "10001" }]',
      'agents.reconcile[0].system',
      'is no declared system',
    ],
    ['agentTtlMs: 999', 'agents.agentTtlMs', 'must be a whole number of milliseconds, 1000 to 86400000'],
    ['agentTtlMs: soon', 'agents.agentTtlMs', 'must be a whole number of milliseconds, 1000 to 86400000'],
    ['leaseMs: 5', 'agents.leaseMs', 'is not known here: there are agentTtlMs, reconcile'],
  ])('is refused with %s', (entry, key, message) => {
    expect(problemsOf(() => loadText(`${FULL}\nagents: { ${entry} }\n`))).toMatchObject([{ key, message }]);
  });
});
