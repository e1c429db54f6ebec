import { afterEach, describe, expect, it } from '@jest/globals';
import { Answer } from '../../support/origin-replies.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import { Callers } from '../callers.js';
import { AgentEvents, UNKNOWN } from './agent-events.js';

interface Sent {
  readonly timestamp: number;
  readonly status: string;
}

let region: ScriptedOrigin | undefined;
let callers: Callers | undefined;

afterEach(async () => {
  callers?.close();
  await region?.stop();
});

/** Sends events to a region that gives these answers, until there is an event about every agent. */
async function sendTo(answer: (nth: number) => unknown) {
  let nth = 0;
  const server = (region = await startOrigin(() => answer((nth += 1))));
  callers = new Callers();
  const events = new AgentEvents(callers, [{ name: 'us', port: Number(new URL(server.url).port), up: true }]);
  for (let sent = 0; sent < 400; sent += 1) await events.sendOne();
  const about = (agentId: string): Sent[] =>
    server.calls
      .map(({ body }) => JSON.parse(body) as Sent & { readonly agent_id: string })
      .filter(({ agent_id: id }) => id === agentId);
  return { events, about };
}

const accepted = Answer.json({ accepted: true }, 202);
const refused = Answer.json({ code: 'store_unavailable' }, 503);

describe('the record of agent events', () => {
  it('allows an agent to stay unknown if no event about the agent was accepted', async () => {
    const { events, about } = await sendTo(() => refused);

    for (const agentId of events.agents)
      expect([...events.allowedStates(agentId)].sort()).toEqual(
        [...new Set([...about(agentId).map(({ status }) => status), UNKNOWN])].sort(),
      );
    expect(events).toMatchObject({ accepted: 0, refused: 400, unheard: events.agents.length });
  });

  it('demands the status of the latest time if every event was accepted', async () => {
    const { events, about } = await sendTo(() => accepted);

    for (const agentId of events.agents) {
      const last = about(agentId).reduce((a, b) => (b.timestamp > a.timestamp ? b : a));
      expect([...events.allowedStates(agentId)]).toEqual([last.status]);
    }
    expect(events).toMatchObject({ accepted: 400, refused: 0, unheard: 0 });
  });
});
