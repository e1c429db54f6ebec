import type { Answer, Exchange } from '../exchange.js';
import { bearerToken, type TokenRegistry } from '../login/token-registry.js';
import type { ApiRequest } from './api-routes.js';
import type { ApiSwitches } from './api-switches.js';
import { RateLimiter } from './rate-limiter.js';
import type { ClientRegistry } from './client-registry.js';
import { UNKNOWN_CLIENT, type ClientStats } from './client-stats.js';
import { platformError, tooManyRequests } from './platform-error.js';

interface AccessCheckOptions {
  readonly tokens: TokenRegistry;
  readonly clients: ClientRegistry;
  readonly clientStats: ClientStats;
  readonly rateLimiter: RateLimiter;
  readonly switches: () => ApiSwitches;
}

/**
 * Checks each call of the platform API in order: a valid token, a call left in the client's
 * minute, and the permission of the route.
 */
export class AccessCheck {
  constructor(private readonly options: AccessCheckOptions) {}

  holderOf({ request }: Exchange): Pick<ApiRequest, 'clientId' | 'user'> {
    const state = this.options.tokens.find(bearerToken(request.headers.authorization) ?? '');
    return { clientId: state?.clientId ?? UNKNOWN_CLIENT, user: state?.user };
  }

  /** Counts the call and its rejection. `undefined` admits the call. */
  rejectionOf(exchange: Exchange, permission: string | undefined): Answer | undefined {
    const { clientStats, tokens } = this.options;
    const token = bearerToken(exchange.request.headers.authorization);
    const state = token === undefined ? undefined : tokens.find(token);
    const clientId = state?.clientId ?? UNKNOWN_CLIENT;
    clientStats.increment(clientId, 'apiCalls');
    if (token === undefined || state?.status !== 'valid') {
      clientStats.increment(clientId, 'unauthorized');
      return token === undefined
        ? missingTokenAnswer()
        : platformError(401, 'bad.credentials', 'Invalid login credentials.');
    }
    return this.rateLimitRejection(clientId, token) ?? this.permissionRejection(clientId, permission);
  }

  private rateLimitRejection(clientId: string, token: string): Answer | undefined {
    const { callsPerMinute, countedBy } = this.options.switches();
    if (callsPerMinute === null) return undefined;
    const retryAfterS = this.options.rateLimiter.acquire(countedBy === 'client' ? clientId : token, callsPerMinute);
    if (retryAfterS === undefined) return undefined;
    this.options.clientStats.increment(clientId, 'rateLimited');
    return tooManyRequests(retryAfterS);
  }

  private permissionRejection(clientId: string, permission: string | undefined): Answer | undefined {
    const permissions = this.options.clients.byId(clientId)?.permissions ?? [];
    if (permission === undefined || permissions.includes(permission)) return undefined;
    this.options.clientStats.increment(clientId, 'forbidden');
    const needed = 'You must have at least one of the following permissions assigned';
    const message = `Unable to perform the requested action. ${needed}: [${permission}]`;
    return platformError(403, 'missing.any.permissions', message);
  }
}

function missingTokenAnswer(): Answer {
  const message = 'No authentication bearer token specified in authorization header.';
  return platformError(401, 'authentication.required', message);
}
