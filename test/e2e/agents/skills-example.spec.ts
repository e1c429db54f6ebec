import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { AgentScene } from './scene.js';

const MINUTE_MS = 60_000;
/** The claim by skill of the guide, with the addition for bullseye, as the query of a call. */
function studioQuery(waited: string): string {
  const guide = readFileSync('docs/guides/cxone-studio.md', 'utf8');
  const [, query = ''] = /agents\/available\?(\S+)/.exec(guide) ?? [];
  const [, bullseye = ''] = /`(&relax=[^`]+)`/.exec(guide) ?? [];
  const values: Record<string, string> = { queue: 'support', contactId: '4711', waited };
  return (query + bullseye).replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

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
    scene = await sceneOf(store);
    expect((await scene.claim(`queueId=support&${query}`)).json).toMatchObject(answer);
  });

  it.each<[string, object]>([
    ['0', NO_SKILLS],
    ['10', { agentId: 'cem', matchedBy: 'all', score: 4 }],
    ['20', { agentId: 'ada', matchedBy: 'all', score: 0 }],
  ])('answers the bullseye of the CXone guide after %s s', async (waited, answer) => {
    scene = await sceneOf(store);
    expect((await scene.claim(studioQuery(waited))).json).toMatchObject(answer);
  });
});

async function sceneOf(store: string): Promise<AgentScene> {
  const scene = await AgentScene.open({ store });
  for (const [agentId, idleMinutes, skills] of AGENTS) {
    await scene.join(agentId, 'support');
    await scene.send('PUT', `/agents/${agentId}/skills`, { skills });
    await scene.sendStatus(agentId, 'AVAILABLE', { timestamp: Date.now() - idleMinutes * MINUTE_MS });
  }
  return scene;
}
