import { describe, expect, it } from '@jest/globals';
import { FULL, loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const SHIFT_MS = 43_200_000;

describe('the section of agents', () => {
  it('lets an agent be silent for a shift where it says nothing', () => {
    const unsaid = { agentTtlMs: SHIFT_MS, verifyOnClaim: false, verifyWithinMs: 500, reconcile: [] };
    expect(loadText(FULL).agents).toEqual(unsaid);
    expect(loadText(`${FULL}\nagents: {}\n`).agents).toEqual(unsaid);
  });

  it('is taken as declared', () => {
    const platform = '{ platform: genesys, system: crm, tenant: "10001" }';
    const declared = `agentTtlMs: 300000, verifyOnClaim: true, verifyWithinMs: 200, reconcile: [${platform}]`;
    expect(loadText(`${FULL}\nagents: { ${declared} }\n`).agents).toMatchObject({
      ...{ agentTtlMs: 300_000, verifyOnClaim: true, verifyWithinMs: 200 },
    });
  });

  it.each(['genesys', 'cxone'])('names a platform that is read: %s', (platform) => {
    const entry = `{ platform: ${platform}, system: crm, tenant: "10001" }`;
    expect(loadText(`${FULL}\nagents: { reconcile: [${entry}] }\n`).agents.reconcile).toEqual([
      { platform, system: 'crm', tenant: '10001', everyMs: 60_000 },
    ]);
  });

  it.each([
    [
      'reconcile: [{ platform: genesys, system: nowhere, tenant: "10001" }]',
      'agents.reconcile[0].system',
      'unknown system: crm, billing',
    ],
    ['agentTtlMs: 999', 'agents.agentTtlMs', 'not milliseconds: 1000 to 86400000'],
    ['agentTtlMs: soon', 'agents.agentTtlMs', 'not milliseconds: 1000 to 86400000'],
    ['verifyOnClaim: maybe', 'agents.verifyOnClaim', 'not a flag'],
    ['verifyOnClaim: true', 'agents.verifyOnClaim', 'no platform'],
    ['verifyWithinMs: 5', 'agents.verifyWithinMs', 'not milliseconds: 10 to 10000'],
    ['leaseMs: 5', 'agents.leaseMs', 'unknown key: agentTtlMs, verifyOnClaim, verifyWithinMs, reconcile'],
  ])('is refused with %s', (entry, key, kind) => {
    expect(kindsOf(() => loadText(`${FULL}\nagents: { ${entry} }\n`))).toMatchObject([{ key, kind }]);
  });
});
