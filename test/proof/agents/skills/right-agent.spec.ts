import { expect, it } from '@jest/globals';
import { expectRightAgents } from './right-agent.js';

it('each claim by skill gets the first agent that has the skills, in the order of the store', async () => {
  const { order, changes } = await expectRightAgents(2, { agents: 600, claimers: 64, claims: 3000 });
  expect([...order.taken.keys()].toSorted()).toEqual(['all', 'best', 'disregard', 'plain', 'preferred']);
  expect(order.none).toBeGreaterThan(10);
  expect(changes).toBeGreaterThan(100);
}, 120_000);
