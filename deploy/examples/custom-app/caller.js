import { request } from './request.js';
import { API_URL, DATADIP_URL } from './settings.js';

/** The platform answers in 0.2 s. The agent needs the page while the conversation rings. */
const CONVERSATION_WITHIN_MS = 3000;
/** More than the deadline of Datadip, 2.5 s, so that its own answer comes first. */
const DATADIP_WITHIN_MS = 4000;

/**
 * Finds the caller of a conversation: by the customer id that a flow stored as participant data,
 * else by the number.
 */
export async function callerOf(conversationId, token) {
  const url = new URL(`/api/v2/conversations/${conversationId}`, API_URL);
  const { status, json } = await request(url, CONVERSATION_WITHIN_MS, { headers: authorization(token) });
  if (status === 401) return { kind: 'signed-out' };
  if (status === 404) return { kind: 'no-conversation' };
  if (status !== 200) return { kind: 'no-answer' };
  const customer = json?.participants?.find(({ purpose }) => purpose === 'customer' || purpose === 'external');
  const customerId = customer?.attributes?.customerId;
  if (typeof customerId === 'string' && customerId !== '')
    return { kind: 'caller', path: '/api/v1/profile', inputs: { customerId } };
  const ani = /^tel:(\+\d+)/.exec(customer?.ani ?? customer?.address ?? '')?.[1];
  return ani === undefined ? { kind: 'no-number' } : { kind: 'caller', path: '/lookup/customer', inputs: { ani } };
}

/** Asks Datadip. The inputs are in the body, because addresses stand in logs. */
export async function profileOf({ path, inputs }, token) {
  const { status, json } = await request(new URL(path, DATADIP_URL), DATADIP_WITHIN_MS, {
    method: 'POST',
    headers: { ...authorization(token), 'Content-Type': 'application/json' },
    body: JSON.stringify(inputs),
  });
  if (status === 0) return { kind: 'no-answer' };
  if (status === 401) return { kind: 'signed-out' };
  if (status === 403) return { kind: 'not-allowed' };
  if (json?.source === 'degraded') return { kind: 'degraded' };
  if (status !== 200 || json === undefined) return { kind: 'busy' };
  if (json.contactFound !== true) return { kind: 'not-found' };
  return { kind: json.source === 'stale' ? 'stale' : 'fresh', profile: json };
}

function authorization(token) {
  return { Authorization: `Bearer ${token}` };
}
