import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { API_KEY } from './declaration.ts';
import type { Datadip } from './datadip.ts';
import { median } from './numbers.ts';

const AGENTS = 100;
const CLAIMS = 1000;
const QUEUE = 'of-the-benchmark';
const ATTEMPTS = 20;
const RETRY_AFTER_MS = 250;

/** Claims and releases over HTTP, one after the other. */
export class ClaimRounds {
  private readonly datadip: Datadip;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(datadip: Datadip) {
    this.datadip = datadip;
  }

  async prepare(): Promise<void> {
    for (let at = 0; at < AGENTS; at++) {
      const agentId = `claimed-${at}`;
      await this.sendAgain('PUT', `/queues/${QUEUE}/agents/${agentId}`, { priorityScore: 0 });
      const event = { event_id: randomUUID(), timestamp: Date.now(), agent_id: agentId, status: 'AVAILABLE' };
      await this.sendAgain('POST', '/events/agent-status', { ...event, region_source: 'us', tenant_id: '10001' });
    }
  }

  /** The median of the claims, in milliseconds. */
  async run(): Promise<number> {
    const took: number[] = [];
    for (let claim = 0; claim < CLAIMS; claim++) {
      const startedAtMs = performance.now();
      const { agentId, lockToken } = await this.send(
        'GET',
        `/agents/available?queueId=${QUEUE}&callId=${randomUUID()}`,
      );
      took.push(performance.now() - startedAtMs);
      // On a busy machine Redis may be late. The lock then expires.
      await this.send('POST', `/agents/${String(agentId)}/release`, { lockToken, outcome: 'ended' }).catch(() => 0);
    }
    return median(took);
  }

  /** On a busy machine, Redis may be late after the rows before. */
  private async sendAgain(method: string, path: string, body: object): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.send(method, path, body);
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await delay(RETRY_AFTER_MS);
      }
    }
  }

  private send(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      'x-api-key': API_KEY,
      ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      request(`${this.datadip.url}${path}`, { agent: this.agent, method, headers }, (answer) => {
        const parsed = json(answer) as Promise<Record<string, unknown>>;
        parsed.then((value) => {
          if ((answer.statusCode ?? 0) < 300) resolve(value);
          else reject(new Error(`${method} ${path}: ${answer.statusCode} ${JSON.stringify(value)}`));
        }, reject);
      })
        .once('error', reject)
        .end(text);
    });
  }
}
