import { z } from 'zod';
import type { Demand } from '../../origins/origin.js';
import type { HttpAnswer, Interpretation } from '../../origins/http/http-request.js';
import type { OriginClient } from '../../origins/origin-client.js';

/** The platform's answer to the question whose token it is. */
export type TokenOwner =
  { readonly kind: 'user'; readonly userId: string; readonly organizationId: string } | { readonly kind: 'refused' };

const PATH = '/api/v2/users/me?expand=organization';
/**
 * 401: the token is unknown, expired or revoked. 403: the scopes of its client do not include the
 * call. 400 and 404: the token belongs to a client and not to a user.
 */
const REFUSALS: readonly number[] = [400, 401, 403, 404];

/**
 * `UserMe` with the expansion `organization` (purecloud-platform-client-v2, index.d.ts). The
 * platform deletes users by their state, and keeps their ids.
 */
const USER_ME = z.looseObject({
  id: z.string().min(1).max(100),
  state: z.string().optional(),
  organization: z.looseObject({ id: z.string().min(1).max(100) }),
});

/**
 * Asks Genesys Cloud for the user of a token, within the budget of the system.
 *
 * @throws {NotAdmitted} when admission refuses the call
 * @throws {OriginFailure} when the platform gives no usable answer
 */
export async function readTokenOwner(origin: OriginClient, token: string, demand: Demand): Promise<TokenOwner> {
  const credentials = { headers: { Authorization: `Bearer ${token}` }, tokenNumber: undefined };
  const request = { kind: 'http', method: 'GET', pathAndQuery: PATH, body: undefined, interpret } as const;
  const { body } = await origin.callAs(credentials, request, demand);
  return body as TokenOwner;
}

function interpret({ status, text }: HttpAnswer): Promise<Interpretation> {
  return Promise.resolve(REFUSALS.includes(status) ? REFUSED : ownerIn(status, text));
}

const REFUSED: Interpretation = { kind: 'answer', value: { kind: 'refused' } satisfies TokenOwner };

function ownerIn(status: number, text: string): Interpretation {
  if (status !== 200) return { kind: 'failed', reason: 'status' };
  const parsed = USER_ME.safeParse(jsonIn(text));
  if (!parsed.success) return { kind: 'failed', reason: 'record_failed' };
  const { id, state = 'active', organization } = parsed.data;
  if (state !== 'active') return REFUSED;
  return { kind: 'answer', value: { kind: 'user', userId: id, organizationId: organization.id } satisfies TokenOwner };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
