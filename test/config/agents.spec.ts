import { describe, expect, it } from '@jest/globals';
import { FULL, loadText, problemsOf } from '../fixtures/config/load-text.js';

const SHIFT_MS = 43_200_000;

describe('the section of agents', () => {
  it('lets an agent be silent for a shift where it says nothing', () => {
    expect(loadText(FULL).agents).toEqual({ agentTtlMs: SHIFT_MS });
    expect(loadText(`${FULL}\nagents: {}\n`).agents).toEqual({ agentTtlMs: SHIFT_MS });
  });

  it('is taken as declared', () => {
    expect(loadText(`${FULL}\nagents: { agentTtlMs: 300000 }\n`).agents).toEqual({ agentTtlMs: 300_000 });
  });

  it.each([
    ['agentTtlMs: 999', 'agents.agentTtlMs', 'must be a whole number of milliseconds, 1000 to 86400000'],
    ['agentTtlMs: soon', 'agents.agentTtlMs', 'must be a whole number of milliseconds, 1000 to 86400000'],
    ['leaseMs: 5', 'agents.leaseMs', 'is not known here: there are agentTtlMs'],
  ])('is refused with %s', (entry, key, message) => {
    expect(problemsOf(() => loadText(`${FULL}\nagents: { ${entry} }\n`))).toMatchObject([{ key, message }]);
  });
});
