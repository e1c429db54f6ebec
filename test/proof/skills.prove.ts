import { expect, it } from '@jest/globals';
import { expectRightAgents } from './agents/skills/right-agent.js';

const CLAIMS = Number(process.env.PROVE_SKILL_CLAIMS ?? 100_000);

it(`${CLAIMS} claims by skill of 64 claimers get the right agent each, while skills and memberships change`, async () => {
  const { order, claimed, changes, tookMs } = await expectRightAgents(4, {
    agents: 2000,
    claimers: 64,
    claims: CLAIMS,
  });
  const rules = [...order.taken].map(([rule, count]) => `${rule} ${count}`).join(', ');
  process.stdout.write(
    `\nclaims ${claimed} (${rules}), no agent found ${order.none}, changes ${changes}, ` +
      `findings ${order.findings.length}, ${(tookMs / 1000).toFixed(1)} s\n\n`,
  );
  expect(claimed + order.none).toBeGreaterThanOrEqual(CLAIMS);
});
