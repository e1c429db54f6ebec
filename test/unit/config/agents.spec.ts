import { describe, expect, it } from '@jest/globals';
import { FULL, loadText } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const UNPARSABLE = 'not an expression: Unexpected end of expression, character 3';
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
    ['all', 'all'],
    ['["q-1", "1007"]', ['q-1', '1007']],
  ])('names the queues that are read: %s', (queues, expected) => {
    const entry = `{ platform: cxone, system: crm, tenant: "10001", queues: ${queues}, skills: true }`;
    const [platform] = loadText(`${FULL}\nagents: { reconcile: [${entry}] }\n`).agents.reconcile;
    expect(platform).toMatchObject({ queues: expected, skills: true });
  });

  it.each([
    ['tenure: 2, fairness: 0.5', { tenure: 2, fairness: 0.5, timeZone: 'UTC' }],
    ['skillMatch: 0, timeZone: Europe/Berlin', { skillMatch: 0, timeZone: 'Europe/Berlin' }],
    ['expression: "500 - tenureYears"', { expression: '500 - tenureYears', timeZone: 'UTC' }],
  ])('takes the rule %s', (rule, expected) => {
    expect(loadText(`${FULL}\nagents: { priority: { ${rule} } }\n`).agents.priority).toEqual(expected);
  });

  it.each(['none', '[]', '[1007]', '["a/b"]', '[".."]', '{}', '[all, 7]'])('refuses the queues %s', (queues) => {
    const entry = `{ platform: genesys, system: crm, tenant: "10001", queues: ${queues} }`;
    expect(kindsOf(() => loadText(`${FULL}\nagents: { reconcile: [${entry}] }\n`))).toMatchObject([
      { key: 'agents.reconcile[0].queues', kind: 'not queues: 1 to 1000' },
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
    [
      'reconcile: [{ platform: genesys, system: crm, tenant: "10001", skills: few }]',
      'agents.reconcile[0].skills',
      'not a flag',
    ],
    ['priority: { tenure: 1001 }', 'agents.priority.tenure', 'not a number: 0 to 1000'],
    ['priority: { fairness: -1 }', 'agents.priority.fairness', 'not a number: 0 to 1000'],
    ['priority: {}', 'agents.priority', 'no rule'],
    ['priority: { timeZone: UTC }', 'agents.priority', 'no rule'],
    ['priority: { tenure: 1, timeZone: Mars/Base }', 'agents.priority.timeZone', 'not a time zone'],
    ['priority: { tenure: 0, expression: "1" }', 'agents.priority.tenure', 'weight of an expression'],
    ['priority: { expression: "$age" }', 'agents.priority.expression', 'unknown name in an expression: age'],
    ['priority: { expression: "1 +" }', 'agents.priority.expression', UNPARSABLE],
    ['priority: { expression: "$sort(skills)" }', 'agents.priority.expression', 'unbounded expression'],
    [
      'priority: { tenure: 1, seniority: 1 }',
      'agents.priority.seniority',
      'unknown key: tenure, skillMatch, fairness, expression, timeZone',
    ],
    ['leaseMs: 5', 'agents.leaseMs', 'unknown key: agentTtlMs, verifyOnClaim, verifyWithinMs, reconcile, priority'],
  ])('is refused with %s', (entry, key, kind) => {
    expect(kindsOf(() => loadText(`${FULL}\nagents: { ${entry} }\n`))).toMatchObject([{ key, kind }]);
  });
});
