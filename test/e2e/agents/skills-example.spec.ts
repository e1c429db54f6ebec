import { afterEach, describe, expect, it } from '@jest/globals';
import { AgentScene } from './scene.js';

const MINUTE_MS = 60_000;
/** The agents of the example in `docs/concepts/agents.md`, with their idle minutes and skills. */
const AGENTS = [
  ['ada', 9, { billing: 5 }],
  ['bea', 6, { spanish: 3, billing: 1.5 }],
  ['cem', 2, { spanish: 4, billing: 3 }],
] as const;
const CALL = 'skills=spanish:3,billing';
const BULLSEYE = 'skills=spanish:4,billing:5&relax=billing@10,spanish@20';
const NO_SKILLS = { agentFound: false, error: 'no_agent_with_skills' };

describe.each(['redis', 'memory'])('the example of the documents, store %s', (store) => {
  let scene: AgentScene;
  afterEach(() => scene.stop());

  it.each<[string, object]>([
    [`${CALL}&evaluation=all`, { agentId: 'bea', matchedBy: 'all', score: 4.5 }],
    [`${CALL}&evaluation=best`, { agentId: 'cem', matchedBy: 'best', score: 7 }],
    [`${CALL}&evaluation=disregard`, { agentId: 'ada', matchedBy: 'disregard', score: 5 }],
    [`${CALL}&evaluation=all&prefer=cem,ada`, { agentId: 'cem', matchedBy: 'preferred', score: 7 }],
    ['skills=spanish:5', NO_SKILLS],
    [`${BULLSEYE}&waitedS=9.9`, NO_SKILLS],
    [`${BULLSEYE}&waitedS=10`, { agentId: 'cem', matchedBy: 'all', score: 4 }],
    [`${BULLSEYE}&waitedS=20`, { agentId: 'ada', matchedBy: 'all', score: 0 }],
  ])('answers %s', async (query, answer) => {
    scene = await AgentScene.open({ store });
    for (const [agentId, idleMinutes, skills] of AGENTS) {
      await scene.join(agentId, 'support');
      await scene.send('PUT', `/agents/${agentId}/skills`, { skills });
      await scene.sendStatus(agentId, 'AVAILABLE', { timestamp: Date.now() - idleMinutes * MINUTE_MS });
    }
    expect((await scene.claim(`queueId=support&${query}`)).json).toMatchObject(answer);
  });
});
