import { createHmac, randomUUID } from 'node:crypto';
import type { Route } from './routes.js';

/** A request that a route accepts. */
export interface Sample {
  /** The path parameters; `undefined` means that the path has no parameters. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** The text of a body that is not JSON. */
  readonly form?: string;
}

/** The identifiers in the samples. */
export interface Subject {
  readonly phone: string;
  readonly email: string;
  readonly customerId: string;
  readonly eventId: string;
  readonly callId: string;
  /** The body of a request for a token. */
  readonly grant: string;
}

/** Returns the samples of a route. A new route fails the tests until it has a sample here. */
export function samplesOf({ name }: Route, subject: Subject): readonly Sample[] {
  const samples = all(subject)[name];
  if (samples === undefined) throw new Error(`no sample of ${name}: add a sample to samples.ts`);
  return samples;
}

export function urlOf({ path }: Route, { params = {}, query = {} }: Sample): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams(query).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

export function bodyOf({ body, form }: Sample): string | undefined {
  return form ?? (body === undefined ? undefined : JSON.stringify(body));
}

/** Returns the signature headers of a body. */
export function signed(secret: string, body: string, nowMs = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { 'x-signature-256': `sha256=${signature}`, 'x-signature-timestamp': timestamp };
}

const AGENT = 'agent-1';
const QUEUE = 'queue-1';
const NOTHING: readonly Sample[] = [{}];

function all(subject: Subject): Readonly<Record<string, readonly Sample[]>> {
  return { ...dips(subject), ...events(subject), ...agents(subject), ...operation(subject) };
}

function dips({ phone, email, customerId }: Subject): Record<string, readonly Sample[]> {
  const customer = { name: 'customer' };
  return {
    'POST /lookup/:name': [
      { params: customer, body: { ani: phone } },
      { params: customer, body: { email } },
      { params: { name: 'profile' }, body: { customerId } },
    ],
    'GET /lookup/:name': [
      { params: customer, query: { ani: phone } },
      { params: customer, query: { email } },
      { params: { name: 'profile' }, query: { customerId } },
    ],
    'GET /api/v1/profile': [{ query: { customerId } }],
    'POST /api/v1/profile': [{ body: { customerId } }],
    'GET /api/v1/systems': NOTHING,
    'POST /try/:name': [
      { params: customer, body: { ani: phone } },
      { params: { name: 'profile' }, query: { values: 'true' }, body: { customerId } },
    ],
  };
}

function events({ customerId, eventId }: Subject): Record<string, readonly Sample[]> {
  const body = { id: customerId, workPhone: { e164: customerId } };
  const user = { id: AGENT, routingStatus: { userId: AGENT, status: 'IDLE', startTime: new Date().toISOString() } };
  return {
    'POST /webhook/customer-updated': [{ body: { customerId, eventId } }, { body: { customerId } }],
    'POST /webhook/:name': [{ params: { name: 'crm' }, body: { objectId: customerId, eventId } }],
    'POST /webhook/eventbridge': [
      envelope(eventId, `v2.externalcontacts.contacts.${customerId}`, body),
      envelope(`${eventId}-user`, `v2.users.${AGENT}.routingStatus`, user),
    ],
    'POST /events/agent-status': [
      { body: { event_id: eventId, timestamp: Date.now(), agent_id: AGENT, status: 'AVAILABLE', region_source: 'eu' } },
    ],
  };
}

function envelope(id: string, topicName: string, eventBody: Record<string, unknown>): Sample {
  const [source, time] = ['aws.partner/genesys.com/cloud/org/suffix', new Date().toISOString()];
  return { body: { version: '0', id, source, time, detail: { topicName, version: '2', eventBody, metadata: {} } } };
}

function agents({ callId }: Subject): Record<string, readonly Sample[]> {
  const [agentId, both] = [{ agentId: AGENT }, { agentId: AGENT, queueId: QUEUE }];
  const lockToken = randomUUID();
  return {
    'PUT /queues/:queueId/agents/:agentId': [{ params: both, body: { priorityScore: 1 } }],
    'GET /queues/:queueId/agents': [{ params: { queueId: QUEUE } }],
    'GET /queues/:queueId/availability': [
      { params: { queueId: QUEUE } },
      { params: { queueId: QUEUE }, query: { skills: 'spanish:3' } },
    ],
    'PUT /agents/:agentId/skills': [{ params: agentId, body: { skills: { spanish: 4 } } }],
    'GET /agents/available': [
      { query: { queueId: QUEUE, callId } },
      { query: { queueId: QUEUE, callId: `${callId}-skill`, skills: 'spanish:3', evaluation: 'best' } },
    ],
    'GET /agents/:agentId': [{ params: agentId }],
    'POST /agents/:agentId/confirm': [{ params: agentId, body: { lockToken } }],
    'POST /agents/:agentId/release': [{ params: agentId, body: { lockToken, outcome: 'ended' } }],
    'DELETE /queues/:queueId/agents/:agentId': [{ params: both }],
  };
}

function operation({ grant }: Subject): Record<string, readonly Sample[]> {
  return {
    'POST /oauth/token': [{ form: grant }],
    'GET /metrics': NOTHING,
    'GET /data-actions': [{}, { query: { baseUrl: 'https://datadip.example.com' } }],
    'GET /data-actions/:name.custom.json': [{ params: { name: 'customer' } }, { params: { name: 'agents-available' } }],
    'GET /docs': NOTHING,
    'GET /docs-json': NOTHING,
    'GET /docs/:asset': [{ params: { asset: 'page.js' } }],
    'GET /ops': NOTHING,
    'GET /ops/stream': [{ query: { seconds: '0' } }],
    'GET /ops/:asset': [{ params: { asset: 'page.js' } }],
    'GET /health': NOTHING,
    'GET /health/live': NOTHING,
    'GET /health/ready': NOTHING,
    'GET /health/startup': NOTHING,
  };
}
