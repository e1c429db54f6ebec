import { sendAll } from './ask.ts';
import { API_KEY } from './declaration.ts';

/** `wrk.lua` claims agents of this queue. */
const QUEUE = 'bench';

/**
 * Puts agents 1 to `count` into the queue, reports each of them available, and gives each to one of
 * the calls of `wrk.lua`. Each lock is confirmed, so it lasts for hours. A lock that is not
 * confirmed expires after 10 s. Each slice of the load would then begin with 1,000 expired locks.
 */
export async function holdAgents(url: string, count: number): Promise<void> {
  const agents = Array.from({ length: count }, (_, at) => `a0000000-0000-4000-8000-${String(at).padStart(12, '0')}`);
  await sendAll(agents, async (agentId) => {
    await send(`${url}/queues/${QUEUE}/agents/${agentId}`, 'PUT', { priorityScore: 0 });
    const status = { agent_id: agentId, status: 'AVAILABLE', region_source: 'bench' };
    const event = { event_id: crypto.randomUUID(), timestamp: Date.now() - 500, ...status };
    await send(`${url}/events/agent-status`, 'POST', event);
  });
  const calls = Array.from({ length: count }, (_, at) => `call-${at + 1}`);
  await sendAll(calls, async (callId) => {
    const answer = await send(`${url}/agents/available?queueId=${QUEUE}&callId=${callId}`, 'GET');
    const { agentFound, agentId, lockToken } = JSON.parse(answer) as Claimed;
    if (!agentFound) throw new Error(`the claim of ${callId} returned ${answer}`);
    await send(`${url}/agents/${agentId}/confirm`, 'POST', { lockToken });
  });
}

interface Claimed {
  readonly agentFound: boolean;
  readonly agentId: string;
  readonly lockToken: string;
}

async function send(url: string, method: string, body?: object): Promise<string> {
  const headers = { 'content-type': 'application/json', 'x-api-key': API_KEY };
  const response = await fetch(url, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return text;
}
