import { setTimeout as delay } from 'node:timers/promises';
import { sendAll } from './ask.ts';
import { API_KEY } from './declaration.ts';

const QUEUE = 'centre';
/** The cost of a call does not depend on its duration. */
const CALL_MS = 10_000;

interface Claimed {
  readonly agentFound: boolean;
  readonly agentId: string;
  readonly lockToken: string;
}

/** The agents of a contact center, and the requests of their calls to several processes in turn. */
export class CentreAgents {
  private readonly urls: readonly string[];
  private requests = 0;

  constructor(urls: readonly string[]) {
    this.urls = urls;
  }

  /** Puts agents into the queue and reports each of them available. */
  async add(count: number): Promise<void> {
    const ids = Array.from({ length: count }, (_, at) => `a0000000-0000-4000-8000-${String(at).padStart(12, '0')}`);
    await sendAll(ids, async (agentId) => {
      await this.send(`queues/${QUEUE}/agents/${agentId}`, 'PUT', { priorityScore: 0 });
      await this.report(agentId, 'AVAILABLE');
    });
  }

  /** Makes the five requests of a call: claim, confirm, busy, available again, release. */
  async call(n: number): Promise<void> {
    const answer = await this.send(`agents/available?queueId=${QUEUE}&callId=call-${n}`, 'GET');
    const { agentFound, agentId, lockToken } = JSON.parse(answer) as Claimed;
    if (!agentFound) throw new Error(`a claim returned ${answer}`);
    await this.send(`agents/${agentId}/confirm`, 'POST', { lockToken });
    await this.report(agentId, 'BUSY');
    await delay(CALL_MS);
    await this.send(`agents/${agentId}/release`, 'POST', { lockToken, outcome: 'ended' });
    await this.report(agentId, 'AVAILABLE');
  }

  private async report(agentId: string, status: string): Promise<void> {
    const event = { event_id: crypto.randomUUID(), timestamp: Date.now(), agent_id: agentId };
    await this.send('events/agent-status', 'POST', { ...event, status, region_source: 'bench' });
  }

  private async send(path: string, method: string, body?: object): Promise<string> {
    const url = `${this.urls[this.requests++ % this.urls.length]}/${path}`;
    const headers = { 'content-type': 'application/json', 'x-api-key': API_KEY };
    const response = await fetch(url, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return text;
  }
}
