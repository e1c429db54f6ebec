import type { TokenAuth } from '../../../config/config.js';
import { Deadline } from '../../../kernel/deadline.js';
import type { Clock } from '../../../kernel/clock.js';
import type { HttpOrigin } from '../../http/http-origin.js';
import type { OriginBudget } from '../../admission/origin-budget.js';
import { grantsIn, rightsToWrite } from './write-permissions.js';
import type { RightsCheck } from './token-manager.js';

const TOKEN_INFO = { method: 'GET', pathAndQuery: '/api/v2/tokens/me', body: undefined } as const;

/** Through which system the platform is asked: that of the client, with its budget. */
export interface Asked {
  readonly upstream: HttpOrigin;
  readonly budget: OriginBudget;
  readonly clock: Clock;
  /** The platform answered, and does not say what the token may do. */
  readonly onUntold: () => void;
}

/**
 * What a client may do that a reader need not: by the login's own word (`scope`), else by what Genesys Cloud says of the token. CXone says
 * nothing of an access key's rights. Nor does what stands in for Genesys Cloud, or a gateway before it, where it has no such address: to wait
 * for its word would be to wait for ever.
 *
 * @param auths of all systems the client is for
 * @returns absent: all of them allow it to write
 */
export function rightsCheckOf(auths: readonly TokenAuth[], asked: Asked): RightsCheck | undefined {
  const reading = auths.filter(({ allowWrite }) => !allowWrite);
  const patterns = reading.flatMap(({ writePermissions }) => writePermissions);
  if (reading.length === 0) return undefined;
  const isGenesys = reading.some(({ type }) => type === 'genesys');
  return async (token, scopes) => {
    const granted = scopes ?? (isGenesys ? await grantsOf(asked, { ...TOKEN_INFO, token }) : []);
    if (granted === undefined) asked.onUntold();
    return rightsToWrite(granted ?? [], patterns);
  };
}

/**
 * A call like any other, so that the platform's count and ours agree.
 *
 * @returns absent: it does not say
 */
async function grantsOf(
  { upstream, budget, clock }: Asked,
  request: Parameters<HttpOrigin['begin']>[0],
): Promise<readonly string[] | undefined> {
  const deadline = new Deadline(clock, clock.nowMs() + upstream.timeoutMs);
  const { body } = await budget.spend({ priority: 'ivr', deadline }, () => upstream.begin(request));
  return grantsIn(body);
}
