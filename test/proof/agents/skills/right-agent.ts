import { expect } from '@jest/globals';
import { processesOnOneRedis } from '../stores.js';
import { SkillLoad, type SkillLoadOutcome, type SkillLoadPlan } from './skill-load.js';

/** Nothing expires and no agent is stale during a run. */
const TERMS = { claimTtlMs: 3_600_000, holdMs: 3_600_000, agentTtlMs: 3_600_000 };

/** Runs a load, and expects that each claim got the right agent in the order of the store. */
export async function expectRightAgents(processes: number, plan: SkillLoadPlan): Promise<SkillLoadOutcome> {
  const { stores, url, close } = await processesOnOneRedis(processes, TERMS);
  try {
    const outcome = await new SkillLoad(stores, url, plan).run();
    const { order, claimed, tokens } = outcome;
    expect(order.findings.slice(0, 5)).toEqual([]);
    expect(tokens).toBe(claimed);
    // The server showed every claim.
    expect([...order.taken.values()].reduce((sum, count) => sum + count, 0)).toBe(claimed);
    return outcome;
  } finally {
    await close();
  }
}
