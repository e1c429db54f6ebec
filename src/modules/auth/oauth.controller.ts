import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import type { Caller } from '../../contracts/caller.js';
import { OAuthProblem } from '../../kernel/errors.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { RouteOptions } from '../../platform/http/route-options.js';
import { InFlight } from '../../platform/lifecycle/in-flight.js';
import { Callers } from './callers.js';
import { AccessTokens, TOKEN_LIFE_S } from './internal/access-tokens.js';
import { TokenLimits } from './internal/token-limits.js';
import { grantedScopes, readTokenRequest, type TokenRequest } from './internal/token-request.js';
import { RequiresScope } from './requires-scope.decorator.js';

/** The response of RFC 6749, section 5.1. */
interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
}

/**
 * Issues access tokens for client credentials, for platforms that cannot send an API key, such as
 * Genesys Cloud's "User Defined (OAuth)".
 */
@Controller('oauth/token')
@RouteOptions({ body: 'form' })
@RequiresScope('open')
export class OAuthController {
  constructor(
    private readonly callers: Callers,
    private readonly tokens: AccessTokens,
    private readonly limits: TokenLimits,
    private readonly inFlight: InFlight,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async token(@Req() request: DatadipRequest): Promise<TokenAnswer> {
    const { caller, key, scopes: wanted } = this.authenticated(request);
    request.caller = caller;
    this.limits.acquire(caller.name);
    this.inFlight.requestAdmitted(request);
    const scopes = grantedScopes(caller.scopes, wanted);
    const token = await this.tokens.issue(caller, this.callers.credentialOf(key), scopes);
    return { access_token: token, token_type: 'Bearer', expires_in: TOKEN_LIFE_S, scope: [...scopes].join(' ') };
  }

  /** @throws {HttpProblem} */
  private authenticated(request: DatadipRequest): TokenRequest & { readonly caller: Caller } {
    try {
      const tokenRequest = readTokenRequest(request.headers.authorization, request.rawBody?.toString('utf8') ?? '');
      const caller = this.callers.findByNameAndKey(tokenRequest.name, tokenRequest.key);
      if (caller === undefined) throw new OAuthProblem('invalid_client', 401, 'valid credentials required');
      return { ...tokenRequest, caller };
    } catch (problem) {
      if (!(problem instanceof OAuthProblem)) throw problem;
      throw this.limits.refusal(request.socket.remoteAddress, problem);
    }
  }
}
